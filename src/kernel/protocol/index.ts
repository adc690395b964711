export { type ConnectionInfo, parseConnectionInfo, readConnectionFile } from "./connection-file.ts";
export { type HistoryEntry, historyReply } from "./history.ts";
export {
  type Content,
  type Header,
  type Message,
  newHeader,
  parseMessage,
  printMessage,
  protocolVersion,
} from "./message.ts";
export { type Channel, openSockets, type Request, type Sockets, type ZeroMq } from "./sockets.ts";
