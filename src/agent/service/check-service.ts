/**
 * What a lab's `check-service PORT` script runs: succeeds if somebody accepts connections on that port
 * of the node. It imports nothing but the socket, for a script's whole life is its start.
 */
import { connect } from 'node:net';

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]) });
socket.once('connect', () => process.exit(0));
socket.once('error', () => process.exit(1));
