/**
 * The name of a metric as Prometheus takes it: `train/gradNorm` is `train_grad_norm` after the prefix, `train/stepMs` is
 * `train_step_seconds`.
 *
 * @source https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
export function metricName(prefix: string, key: string): string {
  const words = key
    .replace(/Ms$/, "Seconds")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return prefix + words.replaceAll(/[^a-z0-9_]+/g, "_");
}

/** What a value is multiplied by: Prometheus counts time in seconds. */
export function metricScale(key: string): number {
  return key.endsWith("Ms") ? 1e-3 : 1;
}
