export { type ConnectionInfo, parseConnectionInfo, readConnectionFile } from "./connection-file.ts";
export { type History, type HistoryEntry, openHistory } from "./history.ts";
export {
  type Content,
  type Draft,
  type Header,
  type Message,
  newHeader,
  parseMessage,
  printMessage,
  protocolVersion,
} from "./message.ts";
export { type Channel, openSockets, type Publication, type Request, type Sockets, type ZeroMq } from "./sockets.ts";
