import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { emptyFolder, freePort, stopProgram } from "./service.ts";

/** A Slurm of the test's own: one controller, one node of four processors, whatever this machine has. It needs root. */
export interface Slurm {
  /** What programs of Slurm need in their environment. */
  readonly env: { readonly SLURM_CONF: string };
  close(): Promise<void>;
}

export async function startSlurm(): Promise<Slurm> {
  const folder = emptyFolder();
  // The daemon of the credentials runs as another user, and wants every folder above its socket to be safe.
  chmodSync(folder, 0o755);
  const at = (name: string): string => join(folder, name);
  for (const name of ["state", "spool"]) mkdirSync(at(name));
  const munge = startMunge(at);
  const [controllerPort, nodePort] = [await freePort(), await freePort()];
  writeFileSync(at("slurm.conf"), settings({ folder, controllerPort, nodePort }));
  for (const name of ["gpu0", "gpu1"]) writeFileSync(at(name), "");
  writeFileSync(at("gres.conf"), `Name=gpu File=${at("gpu[0-1]")}\n`);
  const env = { SLURM_CONF: at("slurm.conf") };
  const daemon = (program: string): ChildProcess =>
    spawn(program, ["-D"], { env: { ...process.env, ...env }, stdio: "ignore" });
  await untilDone(() => execFileSync("munge", ["-n", "--socket", at("munge.sock")], { stdio: "pipe" }));
  const daemons = [daemon("slurmctld"), daemon("slurmd")];
  const kill = (): void => {
    for (const child of [...daemons, munge]) child.kill("SIGKILL");
    killRest(env.SLURM_CONF);
  };
  process.once("exit", kill);
  await untilDone(() => {
    const out = execFileSync("sinfo", ["--noheader", "--format=%T"], {
      env: { ...process.env, ...env },
      stdio: "pipe",
    });
    if (out.toString().trim() !== "idle") throw new Error(`The node is ${out}: ${logs(at)}`);
  });
  return {
    env,
    async close() {
      // A test that failed midway leaves jobs, which nothing would end when Slurm is gone.
      for (const child of [...daemons, munge]) await stopProgram(child);
      killRest(env.SLURM_CONF);
      process.removeListener("exit", kill);
    },
  };
}

/** Kills what jobs of a cluster still run, and who waits for them: all that was started with its settings. */
function killRest(settings: string): void {
  const own = `SLURM_CONF=${settings}`;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(own)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended meanwhile, or is none of ours.
    }
  }
}

function logs(at: (name: string) => string): string {
  return ["slurmctld.log", "slurmd.log"].map((name) => readFileSync(at(name), "utf8").slice(-2000)).join("\n");
}

function startMunge(at: (name: string) => string): ChildProcess {
  mkdirSync(at("munge"));
  writeFileSync(at("munge/key"), randomBytes(1024), { mode: 0o400 });
  const args = ["--foreground", "--force", `--socket=${at("munge.sock")}`, `--key-file=${at("munge/key")}`];
  const files = [`--pid-file=${at("munge/pid")}`, `--log-file=${at("munge/log")}`, `--seed-file=${at("munge/seed")}`];
  const uid = process.getuid?.() ?? 0;
  chownSync(at("munge/key"), uid, uid);
  return spawn("munged", [...args, ...files], { stdio: "ignore" });
}

async function untilDone(look: () => void): Promise<void> {
  const endMs = Date.now() + 60_000;
  for (;;) {
    try {
      look();
      return;
    } catch (error) {
      if (Date.now() > endMs) throw error;
      await wait(100);
    }
  }
}

interface Places {
  readonly folder: string;
  readonly controllerPort: number;
  readonly nodePort: number;
}

function settings({ folder, controllerPort, nodePort }: Places): string {
  const host = hostname();
  const lines = [
    "ClusterName=test",
    `SlurmctldHost=${host}(127.0.0.1)`,
    "SlurmUser=root",
    "SlurmdUser=root",
    `SlurmctldPort=${controllerPort}`,
    `SlurmdPort=${nodePort}`,
    "AuthType=auth/munge",
    `AuthInfo=socket=${join(folder, "munge.sock")}`,
    "CredType=cred/munge",
    `StateSaveLocation=${join(folder, "state")}`,
    `SlurmdSpoolDir=${join(folder, "spool")}`,
    `SlurmctldPidFile=${join(folder, "slurmctld.pid")}`,
    `SlurmdPidFile=${join(folder, "slurmd.pid")}`,
    `SlurmctldLogFile=${join(folder, "slurmctld.log")}`,
    `SlurmdLogFile=${join(folder, "slurmd.log")}`,
    "ProctrackType=proctrack/pgid",
    "TaskPlugin=task/none",
    "MpiDefault=none",
    "ReturnToService=2",
    "KillWait=2",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_Core_Memory",
    "DefMemPerCPU=300",
    // A job starts when it is submitted, a dependent one when the other has ended.
    "SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0,bf_interval=1,build_queue_timeout=1000000",
    "CompleteWait=0",
    // More jobs at a time than the machine has processors: most of their time is Slurm's own.
    "SlurmdParameters=config_overrides",
    "EpilogMsgTime=0",
    // It kills what goes over its memory, as a cluster's control groups do.
    "JobAcctGatherType=jobacct_gather/linux",
    "JobAcctGatherFrequency=1",
    "JobAcctGatherParams=OverMemoryKill,NoShare",
    "GresTypes=gpu",
    `NodeName=${host} NodeAddr=127.0.0.1 Gres=gpu:2 CPUs=4 RealMemory=${Math.floor((totalmem() / 1024 / 1024) * 0.9)} State=UNKNOWN`,
    `PartitionName=main Nodes=${host} Default=YES MaxTime=INFINITE State=UP PriorityTier=1`,
    // Its jobs take the place of others.
    "PreemptType=preempt/partition_prio",
    "PreemptMode=CANCEL",
    `PartitionName=urgent Nodes=${host} MaxTime=INFINITE State=UP PriorityTier=10`,
  ];
  return `${lines.join("\n")}\n`;
}
