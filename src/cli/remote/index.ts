export { printCloudStatus } from "./cloud-status.ts";
