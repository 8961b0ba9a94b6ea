const prefix = "system/";
const bytesOfMegabyte = 1 << 20;

/** Whether a metric is a measure of the machine. */
export function isSystemMetric(name: string): boolean {
  return name.startsWith(prefix);
}

/** Name and value of a measure as W&B's own charts know it; others keep their name. */
export function toStat(metric: string, value: number): readonly [key: string, value: number] {
  const name = metric.slice(prefix.length);
  if (name === "cpuPercent") return ["cpu", value];
  if (name === "memoryBytes") return ["proc.memory.rssMB", value / bytesOfMegabyte];
  const gpu = /^gpu(\d+)Percent$/.exec(name);
  return gpu ? [`gpu.${gpu[1]}.gpu`, value] : [name, value];
}
