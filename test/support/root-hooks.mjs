// Mocha ends its processes without their "exit": the folders of a file's tests go when they are done.
export const mochaHooks = {
  async afterAll() {
    const { removeTemporaryFolders } = await import("codex-core/testing");
    await removeTemporaryFolders();
  },
};
