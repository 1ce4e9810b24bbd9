/** The descriptor of a socket, which Node has no public access to; undefined: the socket is closed. */
export function descriptorOf(socket: object): number | undefined {
  return (socket as { readonly _handle?: { readonly fd?: number } })._handle?.fd;
}
