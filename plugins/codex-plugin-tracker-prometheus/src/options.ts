import { z } from "zod";

const observing = { "x-codex-effect": "observing" };

/** Options of the Prometheus tracker. None of them changes a number of the run. */
export const prometheusOptions = z
  .strictObject({
    port: z
      .union([z.int().min(0).max(65535), z.literal(false)])
      .default(9464)
      .describe("Port of /metrics; 0 takes a free one, which the log names; false serves nothing.")
      .meta(observing),
    host: z
      .string()
      .min(1)
      .default("127.0.0.1")
      .describe("Address that is listened on. Others than the loopback's show the run's numbers to the network.")
      .meta(observing),
    textfile: z
      .string()
      .min(1)
      .regex(/\.prom$/, "must end with .prom, as node-exporter's collector wants it")
      .optional()
      .describe("File for node-exporter's textfile collector; a relative one starts at the project. Left out: none.")
      .meta(observing),
    prefix: z
      .string()
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
      .default("codex_")
      .describe("What the name of each metric begins with.")
      .meta(observing),
  })
  .refine(({ port, textfile }) => port !== false || textfile !== undefined, {
    path: ["port"],
    message: "With `port: false` and no `textfile` nobody would see anything: name a textfile, or serve on a port",
  })
  .describe("The newest numbers for Prometheus, while the run goes on.");

export type PrometheusOptions = z.output<typeof prometheusOptions>;
