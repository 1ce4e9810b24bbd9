/** Sends complete Ethernet frames: gratuitous ARP and Neighbor Advertisements, 8 us each. */
import { lastError, libc } from './libc.ts';

export interface PacketSocket {
  /** `done`, or the name of the error. */
  send(ifindex: number, frame: Uint8Array): string;
  close(): void;
}

export const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;

export function openPacketSocket(): PacketSocket {
  // Protocol 0: it receives nothing.
  const fd = libc().socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
  if (fd < 0) throw new Error(`no packet socket: ${lastError().name}`);
  const address = packetAddress(0);
  return {
    send: (ifindex, frame) => {
      address.writeInt32LE(ifindex, 4);
      const sent = Number(libc().sendto(fd, frame, frame.length, 0, address, address.length));
      return sent < 0 ? lastError().name : 'done';
    },
    close: () => void libc().close(fd),
  };
}

/** struct sockaddr_ll. */
export function packetAddress(protocol: number, ifindex = 0): Buffer {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(protocol, 2);
  address.writeInt32LE(ifindex, 4);
  return address;
}
