/**
 * The `check-service PORT` script of a lab: succeeds if the port of the node accepts connections. It imports
 * nothing but the socket, because starting takes most of a script's time.
 */
import { connect } from 'node:net';

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]) });
socket.once('connect', () => process.exit(0));
socket.once('error', () => process.exit(1));
