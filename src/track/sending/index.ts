export { createOnServer, type OpenedRun, openOnServer, resumeOnServer } from "./open-on-server.ts";
export { SentWriter } from "./sent-writer.ts";
export { Shipper } from "./shipper.ts";
