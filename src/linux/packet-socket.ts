/** Sends complete Ethernet frames: gratuitous ARP and Neighbor Advertisements, 8 us each. */
import { i32, portBytes, u16 } from './bytes.ts';
import { AF_PACKET, lastError, libc, SOCK } from './libc.ts';

export type PacketSocket = ReturnType<typeof openPacketSocket>;

export function openPacketSocket() {
  // Protocol 0: it receives nothing.
  const fd = libc().socket(AF_PACKET, SOCK.raw | SOCK.cloexec, 0);
  if (fd < 0) throw new Error(`no packet socket: ${lastError().name}`);
  const address = packetAddress(0);
  return {
    /** `done`, or the name of the error. */
    send: (ifindex: number, frame: Uint8Array): string => {
      address.writeInt32LE(ifindex, 4);
      const sent = Number(libc().sendto(fd, frame, frame.length, 0, address, address.length));
      return sent < 0 ? lastError().name : 'done';
    },
    close: () => void libc().close(fd),
  };
}

/** struct sockaddr_ll. */
export function packetAddress(protocol: number, ifindex = 0): Buffer {
  return Buffer.concat([u16(AF_PACKET), portBytes(protocol), i32(ifindex), Buffer.alloc(12)]);
}
