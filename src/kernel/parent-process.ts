// At load: a server may be killed while its kernel is still starting.
const parentAtStart = process.ppid;

/** A kernel whose server was killed would stay for ever: it ends when it has been handed to another parent. */
export function endWithParent(end: () => void): void {
  const server = Number(process.env["JPY_PARENT_PID"]);
  if (!Number.isInteger(server)) return;
  setInterval(() => {
    const isOrphan = process.ppid !== parentAtStart || (process.ppid === 1 && server !== 1);
    if (isOrphan) end();
  }, 1000).unref();
}
