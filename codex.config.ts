import { defineConfig } from "codex-core";

/** What holds for every run of this repository; presets and the command line go before it. */
export default defineConfig({
  plugins: ["./examples/custom-tracker"],
  tracker: { files: {} },
});
