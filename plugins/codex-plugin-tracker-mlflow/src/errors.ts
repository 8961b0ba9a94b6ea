import { defineErrors } from "codex-core";

/** Errors of the MLflow tracker. */
export const mlflowErrors = defineErrors({
  CODEX_TRACKER_MLFLOW_URI: {
    exitCode: 2,
    when: "The address of the MLflow tracker is neither a folder nor a server that it can speak to.",
    fix: "Name a folder or an http(s) address; a database is reached through `mlflow server --backend-store-uri …`.",
  },
  CODEX_TRACKER_MLFLOW_WRITE: {
    exitCode: 1,
    when: "The MLflow tracker cannot read or write its folder.",
    fix: "Check that the folder can be written and the disk is not full. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
  CODEX_TRACKER_MLFLOW_UNREACHABLE: {
    exitCode: 1,
    when: "The MLflow server does not answer.",
    fix: "Check that the server runs at this address. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
  CODEX_TRACKER_MLFLOW_REFUSED: {
    exitCode: 1,
    when: "The MLflow server answers a request with an error.",
    fix: "See what it says, and the server's log. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
});
