// Benchmarks, against peers on the same machine: npm run bench -- MODE [FLAGS]; npm run bench -- help lists them.
// Prints a table and, last, one line of JSON.
import { readFlags, UsageError } from "./flags.mjs";
import { describeMachine, sayMachine } from "./machine.mjs";
import { modes, usage } from "./modes.mjs";

const [name, ...args] = process.argv.slice(2);
if (name === "help" || name === "--help") {
  console.log(usage());
  process.exit(0);
}
if (!Object.hasOwn(modes, name ?? "")) {
  console.error(`${name === undefined ? "A mode is missing." : `There is no mode ${name}.`}\n\n${usage()}`);
  process.exit(2);
}
const mode = modes[name];
if (args.includes("--help")) {
  console.log(usage(name));
  process.exit(0);
}
try {
  const flags = readFlags(args, mode.flags);
  const machine = describeMachine(flags.python, mode.packages);
  console.log(sayMachine(machine));
  const { run } = await mode.load();
  const result = await run(flags);
  const command = ["npm run bench --", name, ...args].join(" ");
  console.log(JSON.stringify({ mode: name, command, at: new Date().toISOString(), machine, result }));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage(name)}`);
  process.exit(2);
}
