import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";
import { checkpointOf, createTinyProject, digestOf, readBits, tinySteps, trainTiny } from "../support/tiny-run.js";

const digestsFile = join(repositoryRoot, "test/reference/digests.json");

/** What a whole tiny run comes to on this machine. */
async function trainReference(threads: number, native: boolean) {
  const project = createTinyProject();
  try {
    let instructionSet = "";
    const observer = {
      runStart: ({ device }: { readonly device?: { readonly instructionSet: string } }) => {
        instructionSet = device?.instructionSet ?? "";
      },
    };
    const { folder } = await trainTiny(project, "run", { observer }, [
      `compute.threads=${threads}`,
      `compute.native=${native}`,
    ]);
    const weights = digestOf(join(checkpointOf(folder, tinySteps), "model.safetensors"));
    const metrics = createHash("sha256")
      .update(JSON.stringify(readBits(folder).metrics))
      .digest("hex");
    return { instructionSet, digests: { weights, metrics } };
  } finally {
    project.dispose();
  }
}

/**
 * Of stock operators: native ones come from whatever compiler there is. A change of these digests is a change of every
 * run's numbers: say so in the changelog, and write the new ones down.
 */
describe("the reference run", function () {
  this.timeout(60_000);

  it("has the committed digests of this instruction set, with 1 and with 2 threads", async () => {
    const one = await trainReference(1, false);
    expect(await trainReference(2, false)).to.deep.equal(one);
    const committed = JSON.parse(readFileSync(digestsFile, "utf8"));
    const key = `${process.platform} ${process.arch} ${one.instructionSet}`;
    if (key in committed) expect(one.digests, key).to.deep.equal(committed[key]);
    else console.warn(`test/reference/digests.json has no digests of this set; add "${key}":`, one.digests);
  });

  it("has the same digests with native operators, with 1 and with 2 threads", async () => {
    expect(await trainReference(2, true)).to.deep.equal(await trainReference(1, true));
  });
});
