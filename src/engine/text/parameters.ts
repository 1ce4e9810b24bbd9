/** keepalived's parameters: `$NAME=VALUE`, then `$NAME` before white space or `${NAME}` anywhere. */

interface Predefined {
  readonly pwd: () => string;
  readonly instance: string;
  readonly env: (name: string) => string | undefined;
}

/** A text with its parameters put in, and where its characters stood before. */
export interface Expanded {
  readonly text: string;
  /** Offset in the written text of an offset in this one. */
  readonly columnAt: (offset: number) => number;
}

const USE = /\$(?:\{([A-Za-z_]\w*)((?:[ \t]+[^{}$ \t]+)*)\}|([A-Za-z_]\w*)(?=[ \t\n,)]|$))/g;
/** A parameter whose value contains itself must end. */
const MOST_ROUNDS = 1_000;

export class Parameters {
  private readonly values = new Map<string, string>();
  private readonly predefined: ReadonlyMap<string, (argument: string) => string | undefined>;
  private draws = 0;

  /** `env`: undefined if the variable is not set, which stays as it is written, as in keepalived. */
  constructor({ pwd, instance, env }: Predefined) {
    this.predefined = new Map([
      ['_PWD', pwd],
      ['_INSTANCE', () => instance],
      ['_HASH', () => '#'],
      ['_BANG', () => '!'],
      ['_ENV', env],
      ['_RANDOM', (range: string) => String(this.random(range))],
    ]);
  }

  define(name: string, value: string): void {
    this.values.set(name, value);
  }

  forget(name: string): void {
    this.values.delete(name);
  }

  /**
   * Recursive up to a value of several lines; an undefined parameter stays as written. Undefined: it does not end, or becomes longer
   * by more than `longest`.
   */
  expand(written: string, longest: number): Expanded | undefined {
    let text = written;
    let from = 0;
    const moves: { readonly at: number; readonly before: number; readonly after: number }[] = [];
    for (;;) {
      USE.lastIndex = from;
      const found = USE.exec(text);
      if (found === null) return { text, columnAt: (offset) => origin(offset, moves) };
      const at = found.index;
      const value = this.valueOf(found[1] ?? found[3] ?? '', found[2]?.trim() ?? '');
      if (value === undefined) {
        from = at + 1;
        continue;
      }
      text = text.slice(0, at) + value + text.slice(at + found[0].length);
      moves.push({ at, before: found[0].length, after: value.length });
      if (moves.length > MOST_ROUNDS || text.length > written.length + longest) return undefined;
      // The caller reads line by line, each with the parameters defined so far.
      if (value.includes('\n')) return { text, columnAt: (offset) => origin(offset, moves) };
      from = at;
    }
  }

  private valueOf(name: string, argument: string): string | undefined {
    const predefined = this.predefined.get(name);
    return predefined === undefined ? this.values.get(name) : predefined(argument);
  }

  /** keepalived draws random numbers; here a file always gives the same numbers. */
  private random(range: string): number {
    const [low = 0, high = 32_767] = range.split(/\s+/).filter(Boolean).map(Number);
    const span = Math.max(1, high - low + 1);
    this.draws = (this.draws * 1_103_515_245 + 12_345) % 2_147_483_648;
    return low + (this.draws % span);
  }
}

/** Undoes the moves, the last one first. */
function origin(
  offset: number,
  moves: readonly { readonly at: number; readonly before: number; readonly after: number }[],
): number {
  let at = offset;
  for (const { at: start, before, after } of [...moves].reverse()) {
    if (at >= start + after) at += before - after;
    else if (at > start) at = start;
  }
  return at;
}
