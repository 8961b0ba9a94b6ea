import { defineErrors } from "codex-core";

/** Errors of the Prometheus tracker. */
export const prometheusErrors = defineErrors({
  CODEX_TRACKER_PROMETHEUS_LISTEN: {
    exitCode: 1,
    when: "The Prometheus tracker cannot listen on its port.",
    why: "Often another run serves its metrics there.",
    fix: "Choose another `port`, 0 for any that is free. The run goes on, and tries again.",
  },
  CODEX_TRACKER_PROMETHEUS_TEXTFILE: {
    exitCode: 1,
    when: "The Prometheus tracker cannot write its textfile.",
    fix: "Check that the folder is there and can be written.",
  },
});
