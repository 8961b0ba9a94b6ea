import { writeFileSync } from "node:fs";
import { z } from "zod";
import { options } from "./index.js";

const schema = z.toJSONSchema(options, { io: "input" });
const file = new URL("schema/tracker-jsonl.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
