// Loaded into each of mocha's workers. A worker writes what its tests covered when it is told to end, megabytes of it;
// after a second mocha sends SIGTERM, and on a busy machine the counts would be lost.
if (process.env.MOCHA_WORKER_ID !== undefined) process.on("SIGTERM", () => undefined);
