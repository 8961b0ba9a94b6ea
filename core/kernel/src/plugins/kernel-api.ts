/**
 * Version of the interface between the kernel and plugins: contracts, manifest, `definePlugin`. Apart from the version
 * of the package: a plugin's `codex.api` is a semver range of this.
 */
export const kernelApiVersion = "1.0.0";
