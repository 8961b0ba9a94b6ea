import { flattenConfig, type ProtobufWriter, type RunDescription, type RunOutcome } from "codex-core";
import { pluginValue, type WriteFields } from "./event.js";

/**
 * What the HParams page reads.
 *
 * @source tensorboard/plugins/hparams/{api,plugin_data}.proto
 */

const kinds = { string: 1, boolean: 2, number: 3 } as const;
const statuses = { finished: 1, failed: 2, interrupted: 2 } as const;
/** Metrics that the page has columns for. */
const shownMetrics = ["train/loss", "eval/loss", "eval/perplexity"];

type Setting = string | number | boolean;

/** Names and kinds of the settings, and what they are when the run starts. */
export function startValues(run: RunDescription): readonly WriteFields[] {
  const params = Object.entries(flattenConfig(run.config));
  return [
    value("_hparams_/experiment", 2, (out) => {
      for (const [name, setting] of params) writeParamInfo(out, name, setting);
      for (const tag of shownMetrics) out.message(5, () => out.message(1, () => out.text(2, tag)));
    }),
    value("_hparams_/session_start_info", 3, (out) => {
      for (const [name, setting] of params) writeParam(out, name, setting);
      out.text(4, run.name);
      out.double(5, run.startedAtMs / 1000);
    }),
  ];
}

export function endValue({ status, endedAtMs }: RunOutcome): WriteFields {
  return value("_hparams_/session_end_info", 4, (out) => {
    out.integer(1, statuses[status]);
    out.double(2, endedAtMs / 1000);
  });
}

/** A message of the plugin's: its version, and one of what it may hold. */
function value(tag: string, field: number, write: WriteFields): WriteFields {
  return pluginValue(tag, "hparams", (out) => {
    out.integer(1, 0);
    out.message(field, write);
  });
}

function writeParamInfo(out: ProtobufWriter, name: string, setting: Setting): void {
  out.message(4, () => {
    out.text(1, name);
    out.integer(4, kinds[typeof setting as keyof typeof kinds]);
  });
}

/** An entry of a map from a name to a google.protobuf.Value. */
function writeParam(out: ProtobufWriter, name: string, setting: Setting): void {
  out.message(1, () => {
    out.text(1, name);
    out.message(2, () => {
      if (typeof setting === "number") out.double(2, setting);
      else if (typeof setting === "boolean") out.integer(4, setting ? 1 : 0);
      else out.text(3, setting);
    });
  });
}
