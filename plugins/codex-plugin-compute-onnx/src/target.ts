/** What a graph may be made of. */
export interface Target {
  /** Operators of the domain `codex`: see native/README.md. */
  readonly native: boolean;
}

/** ONNX Runtime's own operators alone. */
export const stockTarget: Target = { native: false };

/** The domain of native operators in graphs. */
export const nativeDomain = "codex";
