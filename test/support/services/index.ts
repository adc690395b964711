export { type Postgres, startPostgres } from "./postgres.ts";
export { type S3Server, startS3 } from "./s3.ts";
export { emptyFolder, freePort } from "./service.ts";
export { type Slurm, startSlurm } from "./slurm.ts";
export { type Sshd, startSshd } from "./sshd.ts";
