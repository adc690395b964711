// Loaded in front of what runs again: where the process that started it was killed, it would go on in a folder that nobody
// takes away. What it starts itself is left alone.
const parent = process.ppid;

if (process.env["STEMMA_REPRODUCTION_PARENT"] === String(parent)) {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, 500).unref();
}
