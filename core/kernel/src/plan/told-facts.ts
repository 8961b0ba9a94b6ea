import type { PartNode } from "../container/part-node.js";
import type { PartPlan } from "../container/plan-parts.js";
import { limitOf } from "../container/slow-points.js";
import { BatchSourcePoint, type DataFacts } from "../contracts/batch-source.js";
import { type CheckpointFacts, CheckpointPoint } from "../contracts/checkpoint-store.js";
import { type ComputeFacts, ComputePoint } from "../contracts/compute-backend.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { PlanContext } from "../contracts/plugin.js";
import { type ScheduleFacts, SchedulePoint } from "../contracts/schedule.js";
import { type TrainerFacts, TrainerPoint } from "../contracts/trainer.js";
import { isCodexError } from "../errors/codex-error.js";
import { planErrors } from "../errors/plan-errors.js";
import { unlessAborted, withTimeLimit } from "../plugins/time-limit.js";
import type { Problems } from "./problems.js";

/** What the parts of a run tell of themselves before they are made. What a part does not tell is left out. */
export interface ToldFacts {
  readonly data: DataFacts;
  readonly schedule: ScheduleFacts;
  readonly trainer: TrainerFacts;
  readonly compute: ComputeFacts;
  readonly checkpoint: CheckpointFacts;
}

/** How providers are asked. */
export interface FactsRequest {
  readonly parts: PartPlan;
  readonly context: PlanContext;
  /** Milliseconds in which a provider has to answer. */
  readonly createMs: number;
  /** The same for those that read data or compile. */
  readonly slowCreateMs: number;
}

/** Asks the providers of a run's parts. What one of them refuses goes to the problems, and its facts are unknown. */
export async function readToldFacts(request: FactsRequest, problems: Problems): Promise<ToldFacts> {
  const told = async <Facts>(point: ContributionPoint<unknown, "one", Facts>): Promise<Partial<Facts>> => {
    const [node] = request.parts.at(point);
    const facts = node?.plan && (await problems.collect(() => askFor(node, request)));
    return facts ?? {};
  };
  return {
    data: await told(BatchSourcePoint),
    schedule: await told(SchedulePoint),
    trainer: await told(TrainerPoint),
    compute: await told(ComputePoint),
    checkpoint: await told(CheckpointPoint),
  };
}

/** @throws CODEX_PLAN_FACTS when the provider fails, or tells what counts nothing. */
async function askFor(node: PartNode, request: FactsRequest): Promise<object> {
  const { signal } = request.context;
  const limitMs = limitOf(node.request.point, request);
  const wrong = (what: string, cause?: unknown) =>
    planErrors.CODEX_PLAN_FACTS({
      what: `${node.source} does not tell what ${node.request.label} needs: ${what}`,
      where: `config → ${node.request.point.section}`,
      cause,
    });
  const answered = new AbortController();
  const context = { ...request.context, signal: AbortSignal.any([signal, answered.signal]) };
  let facts: unknown;
  try {
    const late = () => new Error(`it took longer than ${limitMs} ms.`);
    const answer = (async () => node.plan?.(context))();
    facts = await unlessAborted(withTimeLimit(answer, limitMs, late), signal);
  } catch (error) {
    if (isCodexError(error) || signal.aborted) throw error;
    throw wrong(error instanceof Error ? error.message : String(error), error);
  } finally {
    answered.abort();
  }
  if (typeof facts !== "object" || facts === null) throw wrong(`it gave ${String(facts)}, no map of facts.`);
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === "number" && !(Number.isFinite(value) && value >= 0)) throw wrong(`${name} is ${value}.`);
  }
  return facts;
}
