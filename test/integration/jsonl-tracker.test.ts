/** The example's own tests, as an author of a plugin runs them: no types, no chai. */
import "../../examples/jsonl-tracker/test/contract.test.js";
import "../../examples/jsonl-tracker/test/tracker.test.js";
