import { appendFile, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { crc32c, maskedCrc32c } from "#src/crc32c.js";
import { EventFile, recordsOf } from "#src/event-file.js";

describe("crc32c", () => {
  it("is Castagnoli's, masked as TensorFlow does it", () => {
    expect(crc32c(Buffer.from("123456789"))).to.equal(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).to.equal(0x8a9136aa);
    expect(maskedCrc32c(Buffer.from("1800000000000000", "hex"))).to.equal(0x224b7fa3);
  });
});

describe("EventFile", () => {
  afterEach(removeTemporaryFolders);

  const events = ["first", "", "x".repeat(100_000), "last"].map((text) => Buffer.from(text));

  async function read(path: string): Promise<readonly string[]> {
    const texts: string[] = [];
    const file = await EventFile.open(path, (event) => texts.push(event.toString()));
    await file.close();
    return texts;
  }

  it("reads what it wrote, also over the border of what is read at once", async () => {
    const path = join(await createTemporaryFolder(), "events");
    const file = await EventFile.open(path, () => undefined);
    await file.append(events);
    await file.close();
    expect(await read(path)).to.deep.equal(events.map(String));
  });

  it("cuts off an event that was torn, at every byte", async () => {
    const path = join(await createTemporaryFolder(), "events");
    const whole = recordsOf([Buffer.from("whole")]);
    const torn = recordsOf([Buffer.from("torn")]);
    for (let length = 0; length < torn.length; length++) {
      await writeFile(path, Buffer.concat([whole, torn.subarray(0, length)]));
      expect(await read(path)).to.deep.equal(["whole"]);
      expect(await readFile(path)).to.deep.equal(whole);
    }
  });

  it("cuts off what a power cut left: zeros, or another byte", async () => {
    const path = join(await createTemporaryFolder(), "events");
    const whole = recordsOf([Buffer.from("whole")]);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x40;
      await writeFile(path, Buffer.concat([whole, damaged, whole]));
      expect((await read(path))[0]).to.equal("whole");
      expect((await readFile(path)).length).to.equal(whole.length);
    }
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(64)]));
    expect(await read(path)).to.deep.equal(["whole"]);
  });

  it("cuts off at once what a write left for which the disk had no space", async () => {
    const path = join(await createTemporaryFolder(), "events");
    const file = await EventFile.open(path, () => undefined);
    await file.append([Buffer.from("one")]);
    const probe = await open(path, "r");
    const prototype = Object.getPrototypeOf(probe);
    await probe.close();
    const { appendFile: original } = prototype;
    prototype.appendFile = async function (bytes: Buffer) {
      await original.call(this, bytes.subarray(0, 10));
      throw new Error("ENOSPC: no space left on device");
    };
    const failure = await file.append([Buffer.from("two")]).catch((error: Error) => error.message);
    prototype.appendFile = original;
    expect(failure).to.include("ENOSPC");
    expect(await readFile(path)).to.deep.equal(recordsOf([Buffer.from("one")]));
    await file.append([Buffer.from("two")]);
    await file.close();
    expect(await read(path)).to.deep.equal(["one", "two"]);
  });

  it("cuts off what a failed write left before it writes again", async () => {
    const path = join(await createTemporaryFolder(), "events");
    const file = await EventFile.open(path, () => undefined);
    await file.append([Buffer.from("one")]);
    await appendFile(path, "half an ev");
    await file.append([Buffer.from("two")]);
    await file.close();
    expect(await read(path)).to.deep.equal(["one", "two"]);
  });
});
