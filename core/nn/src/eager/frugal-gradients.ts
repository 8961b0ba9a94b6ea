import { add, engine, ones, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { nnErrors } from "../errors/nn-errors.js";

/** An operation that was recorded on the way to y. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: { readonly [name: string]: Tensor };
  readonly outputs: readonly Tensor[];
  /** Copies that share memory with what they are copies of; kept until somebody disposes them. */
  readonly saved: readonly Tensor[];
  readonly gradient?: (dys: readonly (Tensor | null)[]) => { readonly [name: string]: () => Tensor };
}

interface Differentiated {
  readonly value: Tensor;
  readonly grads: Tensor[];
}

/** tfjs-core's `Engine.gradients`. */
type Gradients = (f: () => Tensor, xs: Tensor[], dy?: Tensor, allowNoGradients?: boolean) => Differentiated;

/** What of tfjs-core's engine is not public, beside the method that is replaced. */
interface Engine {
  readonly state: {
    activeTape: TapeNode[] | null;
    gradientDepth: number;
    readonly kernelDepth: number;
    readonly activeScope: { readonly id: number };
  };
  gradients: Gradients;
  startTape(): void;
  endTape(): void;
}

const tensors = () => engine() as unknown as Engine;

/**
 * Runs an action in which gradients are taken as tfjs-core takes them, but every activation is freed once the backward
 * pass is over it, and every gradient of an activation once it was passed on. By itself tfjs-core keeps all of both to
 * the end.
 */
export function withFrugalGradients<Result>(action: () => Result): Result {
  const current = tensors();
  const original = current.gradients.bind(current);
  // Gradients of gradients need what was freed here.
  const frugal: Gradients = (...call) =>
    current.state.gradientDepth > 0 || current.state.kernelDepth > 0 ? original(...call) : gradients(...call);
  Object.assign(current, { gradients: frugal });
  try {
    return action();
  } finally {
    Reflect.deleteProperty(current, "gradients");
  }
}

const gradients: Gradients = (f, xs, dy, allowNoGradients = false) => {
  const current = tensors();
  const { value, tape } = recorded(f);
  try {
    const path = pathBetween(tape, xs, value);
    if (path.length === 0 && !allowNoGradients) {
      throw nnErrors.CODEX_NN_GRADIENT({ what: "The value does not depend on what it is differentiated by." });
    }
    const needed = new Set(path.map(({ node }) => node));
    for (const node of tape) if (!needed.has(node)) release(node.saved);
    return tidy(() => {
      const found = new FoundGradients(current.state.activeScope.id);
      found.add(value, dy ?? ones(value.shape));
      for (const { node, tracked } of path.reverse()) passBack(node, tracked, found);
      return { value, grads: xs.map((x) => found.get(x) as Tensor) };
    });
  } finally {
    for (const { saved } of tape) release(saved);
  }
};

/** Runs the function with the tape on. */
function recorded(f: () => Tensor): { readonly value: Tensor; readonly tape: readonly TapeNode[] } {
  const current = tensors();
  current.startTape();
  try {
    const value = tidy("forward", f);
    return { value, tape: current.state.activeTape ?? [] };
  } catch (error) {
    for (const { saved } of current.state.activeTape ?? []) release(saved);
    throw error;
  } finally {
    current.endTape();
    current.state.activeTape = null;
  }
}

/** A node on the way from the xs to y, with its inputs that depend on an x. */
interface Step {
  readonly node: TapeNode;
  readonly tracked: readonly string[];
}

function pathBetween(tape: readonly TapeNode[], xs: readonly Tensor[], y: Tensor): Step[] {
  const fromX = new Set(xs.map(({ id }) => id));
  const steps: Step[] = [];
  for (const node of tape) {
    const tracked = Object.keys(node.inputs).filter((name) => fromX.has(node.inputs[name]!.id));
    if (tracked.length === 0) continue;
    for (const { id } of node.outputs) fromX.add(id);
    steps.push({ node, tracked });
  }
  const toY = new Set([y.id]);
  return steps
    .reverse()
    .filter(({ node, tracked }) => {
      if (!node.outputs.some(({ id }) => toY.has(id))) return false;
      for (const name of tracked) toY.add(node.inputs[name]!.id);
      return true;
    })
    .reverse();
}

/** Adds a node's share to the gradients of its inputs; what only it needed is free afterwards. */
function passBack(node: TapeNode, tracked: readonly string[], found: FoundGradients): void {
  const dys = node.outputs.map((output) => found.get(output) ?? null);
  const shares = tidy(() => {
    const byInput = gradientOf(node)(dys);
    return tracked.map((name) => checked(node, name, byInput[name]));
  });
  for (const [index, name] of tracked.entries()) found.add(node.inputs[name]!, shares[index]!);
  for (const output of node.outputs) found.drop(output);
  release(node.saved);
}

function gradientOf(node: TapeNode): NonNullable<TapeNode["gradient"]> {
  if (node.gradient) return node.gradient;
  throw nnErrors.CODEX_NN_GRADIENT({
    what: `The operator ${node.kernelName} has no gradient.`,
    where: node.kernelName,
  });
}

/** One input's share, as a tensor of its own where it is one that the node had saved. */
function checked(node: TapeNode, name: string, share: (() => Tensor) | undefined): Tensor {
  const gradient = share?.();
  const { shape } = node.inputs[name]!;
  if (gradient?.dtype !== "float32" || String(gradient.shape) !== String(shape)) {
    const given = gradient ? `${gradient.dtype} [${gradient.shape}]` : "nothing";
    throw nnErrors.CODEX_NN_GRADIENT({
      what: `The gradient of ${node.kernelName} gives ${given} for its input ${name}, which is float32 [${shape}].`,
      where: `${node.kernelName}, ${name}`,
    });
  }
  return node.saved.includes(gradient) ? gradient.clone() : gradient;
}

function release(saved: readonly Tensor[]): void {
  for (const tensor of saved) tensor.dispose();
}

/** Gradients of tensors so far. Frees those that were made in its scope, when nothing holds them any more. */
class FoundGradients {
  readonly #byTensor = new Map<number, Tensor>();
  readonly #holders = new Map<Tensor, number>();

  constructor(private readonly scopeId: number) {}

  get({ id }: Tensor): Tensor | undefined {
    return this.#byTensor.get(id);
  }

  add(tensor: Tensor, share: Tensor): void {
    const before = this.get(tensor);
    const total = before ? add(before, share) : share;
    this.#holders.set(total, (this.#holders.get(total) ?? 0) + 1);
    this.#byTensor.set(tensor.id, total);
    if (!before) return;
    this.#letGo(before);
    if (!this.#holders.has(share)) this.#free(share);
  }

  drop(tensor: Tensor): void {
    const gradient = this.get(tensor);
    if (!gradient) return;
    this.#byTensor.delete(tensor.id);
    this.#letGo(gradient);
  }

  #letGo(gradient: Tensor): void {
    const holders = (this.#holders.get(gradient) ?? 1) - 1;
    this.#holders.set(gradient, holders);
    if (holders > 0) return;
    this.#holders.delete(gradient);
    this.#free(gradient);
  }

  /** A gradient function may hand out a tensor of somebody else. */
  #free(gradient: Tensor): void {
    const { scopeId } = gradient as unknown as { readonly scopeId: number };
    if (scopeId === this.scopeId && !gradient.kept) gradient.dispose();
  }
}
