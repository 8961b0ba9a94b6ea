import type { Named, RunDescription, RunOutcome } from "codex-core";
import { flattenConfig } from "codex-core";
import { pluginValue, type SummaryValue } from "./event.js";
import { bytesField, doubleField, type Field, intField, messageField, messageOf } from "./wire.js";

/**
 * What the HParams page reads.
 *
 * @source tensorboard/plugins/hparams/{api,plugin_data}.proto
 */

const kinds = { string: 1, boolean: 2, number: 3 } as const;
const statuses = { finished: 1, failed: 2, interrupted: 2 } as const;
/** Metrics that the page has columns for. */
const shownMetrics = ["train/loss", "eval/loss", "eval/perplexity"];

type Params = Named<string | number | boolean>;

/** Names and kinds of the settings, and what they are when the run starts. */
export function startValues(run: RunDescription): readonly SummaryValue[] {
  const params = flattenConfig(run.config);
  return [
    value("_hparams_/experiment", 2, ...Object.entries(params).map(paramInfo), ...shownMetrics.map(metricInfo)),
    value(
      "_hparams_/session_start_info",
      3,
      ...hparams(params),
      bytesField(4, run.name),
      doubleField(5, run.startedAtMs / 1000),
    ),
  ];
}

export function endValue({ status, endedAtMs }: RunOutcome): SummaryValue {
  return value("_hparams_/session_end_info", 4, intField(1, statuses[status]), doubleField(2, endedAtMs / 1000));
}

/** A message of the plugin's: its version, and one of what it may hold. */
function value(tag: string, number: number, ...fields: readonly Field[]): SummaryValue {
  return pluginValue(tag, "hparams", messageOf(intField(1, 0), messageField(number, ...fields)));
}

function paramInfo([name, setting]: readonly [string, Params[string]]): Field {
  return messageField(4, bytesField(1, name), intField(4, kinds[typeof setting as keyof typeof kinds]));
}

function metricInfo(tag: string): Field {
  return messageField(5, messageField(1, bytesField(2, tag)));
}

/** Entries of a map from a name to a google.protobuf.Value. */
function hparams(params: Params): readonly Field[] {
  return Object.entries(params).map(([name, setting]) =>
    messageField(1, bytesField(1, name), messageField(2, scalar(setting))),
  );
}

function scalar(setting: Params[string]): Field {
  if (typeof setting === "number") return doubleField(2, setting);
  return typeof setting === "boolean" ? intField(4, setting ? 1 : 0) : bytesField(3, setting);
}
