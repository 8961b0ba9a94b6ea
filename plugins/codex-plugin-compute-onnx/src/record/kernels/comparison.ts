import { binary, select, unary } from "../../ir/elementwise-operators.js";
import type { KernelFamily, RecordedKernel } from "../recorded-kernel.js";

const compare =
  (op: string): RecordedKernel =>
  ({ g, input }) =>
    binary(g, op, input("a"), input("b"), "bool");

/** Comparisons, logic and selection. */
export const comparisonKernels: KernelFamily = {
  Equal: compare("Equal"),
  NotEqual: ({ g, input }) => unary(g, "Not", binary(g, "Equal", input("a"), input("b"), "bool")),
  Greater: compare("Greater"),
  GreaterEqual: compare("GreaterOrEqual"),
  Less: compare("Less"),
  LessEqual: compare("LessOrEqual"),
  LogicalAnd: compare("And"),
  LogicalOr: compare("Or"),
  LogicalXor: compare("Xor"),
  LogicalNot: ({ g, input }) => unary(g, "Not", input("x")),
  Select: ({ g, input }) => select(g, input("condition"), input("t"), input("e")),
  IsNan: ({ g, input }) => unary(g, "IsNaN", input("x"), "bool"),
  IsInf: ({ g, input }) => unary(g, "IsInf", input("x"), "bool"),
  IsFinite: ({ g, input }) => {
    const x = input("x");
    return unary(g, "Not", binary(g, "Or", unary(g, "IsNaN", x, "bool"), unary(g, "IsInf", x, "bool")));
  },
};
