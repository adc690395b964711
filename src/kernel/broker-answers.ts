import type { Broker } from "./broker.ts";
import { kernelInfo } from "./kernel-info.ts";
import { versions } from "./peer-packages.ts";
import type { ConnectionInfo, Content, Request } from "./protocol/index.ts";

/** What the broker does with a message: answers it itself, or passes it on to the cells' process. */
export type BrokerAnswer = ((request: Request) => Content) | "pass on";

/** All messages that a front end may send, but those to run cells. */
export function ownAnswers(broker: Broker, connection: ConnectionInfo): Readonly<Record<string, BrokerAnswer>> {
  const info = kernelInfo(versions());
  const { shell_port, iopub_port, stdin_port, hb_port, control_port } = connection;
  return {
    kernel_info_request: () => info,
    connect_request: () => ({ status: "ok", shell_port, iopub_port, stdin_port, hb_port, control_port }),
    history_request: ({ content }) => broker.history.reply(content),
    comm_info_request: ({ content }) => ({ status: "ok", comms: broker.comms.listed(content["target_name"]) }),
    interrupt_request() {
      broker.interrupt();
      return { status: "ok" };
    },
    shutdown_request(request) {
      const content = { status: "ok", restart: request.content["restart"] === true };
      broker.publish("shutdown_reply", content, request);
      // After the reply and the idle status.
      setImmediate(() => void broker.end(0));
      return content;
    },
    debug_request: ({ content }) => refusedDebug(content),
    complete_request: "pass on",
    inspect_request: "pass on",
    is_complete_request: "pass on",
    comm_open: "pass on",
    comm_msg: "pass on",
    comm_close: "pass on",
  };
}

/** As the Debug Adapter Protocol says no. */
function refusedDebug({ seq, command }: Content): Content {
  const message = "The TypeScript kernel has no debugger. To debug, run a file with node --inspect.";
  return { status: "ok", seq: 0, type: "response", request_seq: seq ?? 0, success: false, command, message };
}
