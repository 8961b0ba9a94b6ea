import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { readSafetensors, writeSafetensors } from "codex-plugin-checkpoint-local/safetensors";
import fc from "fast-check";

/** A file of a header and as many data bytes. */
async function fileOf(header: unknown, dataBytes = 0, lengthChange = 0n): Promise<string> {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length) + lengthChange);
  return fileOfBytes(Buffer.concat([prefix, json, Buffer.alloc(dataBytes)]));
}

async function fileOfBytes(bytes: Uint8Array): Promise<string> {
  const path = join(await createTemporaryFolder(), "hostile.safetensors");
  await writeFile(path, bytes);
  return path;
}

const floats = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("safetensors", () => {
  afterEach(removeTemporaryFolders);

  it("reads what it wrote, of any shape, order and names", async () => {
    const dtype = fc.constantFrom("float32" as const, "int32" as const);
    const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
    const name = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !text.startsWith("__"));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.tuple(dtype, shape), { maxKeys: 6 }), async (specs) => {
        const tensors = Object.fromEntries(
          Object.entries(specs).map(([key, [type, sizes]], salt) => {
            const length = sizes.reduce((product, size) => product * size, 1);
            const data = type === "float32" ? new Float32Array(length) : new Int32Array(length);
            return [key, { dtype: type, shape: sizes, data: data.map((_, index) => index * 3 - salt) }];
          }),
        );
        const path = join(await createTemporaryFolder(), "any.safetensors");
        await writeSafetensors(path, tensors, { metadata: { é: "ü" } });
        const read = await readSafetensors(path);
        expect({ ...read.tensors }).to.deep.equal(tensors);
        expect(read.metadata).to.deep.equal({ é: "ü" });
      }),
      { numRuns: 40 },
    );
  });

  it("writes the same bytes for the same tensors in any order, aligned, float32 before int32", async () => {
    const folder = await createTemporaryFolder();
    const a = { dtype: "int32", shape: [1], data: Int32Array.of(1) } as const;
    const b = { dtype: "float32", shape: [2], data: Float32Array.of(2, 3) } as const;
    const c = { dtype: "float32", shape: [], data: Float32Array.of(4) } as const;
    await writeSafetensors(join(folder, "1"), { a, b, c });
    await writeSafetensors(join(folder, "2"), { c, b, a });
    const bytes = await readFile(join(folder, "1"));
    expect(bytes.equals(await readFile(join(folder, "2")))).to.equal(true);
    const headerBytes = Number(bytes.readBigUInt64LE());
    expect(headerBytes % 8).to.equal(0);
    expect(JSON.parse(bytes.subarray(8, 8 + headerBytes).toString())).to.deep.equal({
      __metadata__: { format: "pt" },
      b: floats(0, 8),
      c: floats(8, 12, []),
      a: floats(12, 16, [1], "I32"),
    });
    expect([...new Float32Array(bytes.buffer.slice(bytes.byteOffset + 8 + headerBytes).slice(0, 12))]).to.deep.equal([
      2, 3, 4,
    ]);
  });

  it("reads tensors in any order of names and bytes, padded or not", async () => {
    const path = await fileOf({ later: floats(4, 8), earlier: floats(0, 4), none: floats(8, 8, [0, 5]) }, 8);
    expect(Object.keys((await readSafetensors(path)).tensors)).to.deep.equal(["earlier", "later", "none"]);
  });

  it("does not overwrite a file", async () => {
    const path = await fileOf({});
    expect(await writeSafetensors(path, {}).catch((error) => error)).to.have.property("code", "EEXIST");
  });

  const tensor = floats(0, 4);
  const cases: [what: string, file: () => Promise<string>, phrase: string, where?: string][] = [
    ["an empty file", () => fileOfBytes(new Uint8Array()), "no room for a header"],
    ["a file of seven bytes", () => fileOfBytes(new Uint8Array(7)), "no room for a header"],
    ["a header that is longer than the file", () => fileOf({}, 0, 5n), "header claims 7 bytes, the file has 10"],
    ["a header of 2^63 bytes", () => fileOf({}, 0, 2n ** 63n), "100000000 are the most"],
    ["a header of 200 MB", () => fileOf({}, 0, 200_000_000n), "100000000 are the most"],
    ["a header that is not JSON", () => fileOf("{nonsense"), "not strict JSON"],
    ["a header that is not an object", () => fileOf("[]"), "opening brace"],
    ["a header that starts with a space", () => fileOf(" {}"), "opening brace"],
    ["a header that is not UTF-8", () => fileOfBytes(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff)), "not UTF-8"],
    [
      "a key twice",
      () => fileOf('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"\\u0061":{}}'),
      'key "a" twice',
    ],
    ["a key twice within", () => fileOf('{"a":{"dtype":"F32","dtype":"F32"}}'), 'key "dtype" twice'],
    ["metadata that are no strings", () => fileOf({ __metadata__: { a: 1 } }), "map of strings"],
    ["a prototype", () => fileOf('{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4), "__proto__"],
    ["an entry without a shape", () => fileOf({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), "needs dtype", "a"],
    ["an entry with more", () => fileOf({ a: { ...tensor, more: 1 } }, 4), "needs dtype, shape", "a"],
    ["a negative size", () => fileOf({ a: floats(0, 4, [-1]) }, 4), "needs dtype", "a"],
    ["a fractional size", () => fileOf({ a: floats(0, 4, [0.5]) }, 4), "needs dtype", "a"],
    ["a size past the safe integers", () => fileOf({ a: floats(0, 4, [2 ** 60]) }, 4), "needs dtype", "a"],
    ["sizes whose product is huge", () => fileOf({ a: floats(0, 4, [2 ** 40, 2 ** 40]) }, 4), "its shape", "a"],
    ["an unknown dtype", () => fileOf({ a: floats(0, 4, [1], "F31") }, 4), 'unknown dtype "F31"', "a"],
    ["a dtype that every object has", () => fileOf({ a: floats(0, 4, [1], "constructor") }, 4), "unknown dtype", "a"],
    ["bytes that do not fit the shape", () => fileOf({ a: floats(0, 4, [2]) }, 4), "its shape [2] needs 8", "a"],
    ["a tensor past the end", () => fileOf({ a: floats(0, 8) }, 4), "ends at byte 8 of the data, the file has 4", "a"],
    ["tensors that overlap", () => fileOf({ a: floats(0, 8), b: floats(4, 12) }, 12), "overlaps another", "b"],
    ["a hole", () => fileOf({ a: floats(0, 4), b: floats(8, 12) }, 12), "hole of 4 bytes", "b"],
    ["a hole at the start", () => fileOf({ a: floats(4, 8) }, 8), "hole of 4 bytes", "a"],
    ["bytes that belong to no tensor", () => fileOf({ a: tensor }, 5), "end at byte 4 of the data, the file has 5"],
  ];
  for (const [what, file, phrase, name] of cases) {
    it(`refuses ${what}`, async () => {
      const path = await file();
      const error = await readSafetensors(path).catch((reason) => reason);
      expect(error).to.have.property("code", "CODEX_SAFETENSORS_CORRUPT");
      expect(error.what).to.contain(phrase);
      expect(error.where).to.contain(name === undefined ? path : `${path} → ${name}`);
    });
  }

  it("refuses any file that was cut or changed in its header, or reads it as something lawful", async () => {
    const folder = await createTemporaryFolder();
    await writeSafetensors(join(folder, "whole"), { a: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } });
    const whole = await readFile(join(folder, "whole"));
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(join(folder, "cut"), whole.subarray(0, length));
      expect(await readSafetensors(join(folder, "cut")).catch((error) => error.code)).to.equal(
        "CODEX_SAFETENSORS_CORRUPT",
      );
    }
    for (let place = 0; place < whole.length - 8; place += 1) {
      await writeFile(
        join(folder, "changed"),
        whole.map((byte, index) => (index === place ? byte ^ 4 : byte)),
      );
      const result = await readSafetensors(join(folder, "changed")).catch((error) => error);
      expect(result).to.satisfy((value: object) => "tensors" in value || "code" in value, `byte ${place}`);
    }
  });

  it("tells what it cannot read from what is broken", async () => {
    const path = await fileOf({ a: floats(0, 4, [2], "BF16") }, 4);
    const error = await readSafetensors(path).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_SAFETENSORS_DTYPE");
    expect(error.what).to.contain("BF16");
  });
});
