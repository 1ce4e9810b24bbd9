/** Percentages as scenarios write them. */
import * as z from 'zod';

/** `99.9%` or `50% +- 10%` as fractions of 1. */
export const percentage = z.string().transform((text, context): Share => {
  const [, share, tolerance] =
    /^(\d{1,3}(?:\.\d+)?)%(?:\s*\+-\s*(\d{1,3}(?:\.\d+)?)%)?$/.exec(text.trim()) ?? [];
  if (share !== undefined && Number(share) <= 100)
    return { share: Number(share) / 100, tolerance: Number(tolerance ?? 0) / 100 };
  context.issues.push({
    code: 'custom',
    message: `not a percentage such as 99.9% or 50% +- 10%: ${text}`,
    input: text,
  });
  return z.NEVER;
});

export interface Share {
  /** 0..1. */
  readonly share: number;
  readonly tolerance: number;
}

/** `99.9%` */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}
