import { existsSync, readFileSync, readlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { installTensorflow } from "#src/installer/install-tensorflow.js";
import { tensorflowInstaller } from "#src/installer/tensorflow-installer.js";
import { runtimeFolder } from "#src/runtime-folder.js";
import { FakeMachine, linux, realPython } from "./fake-machine.js";

const allStages = ["packages", "libraries", "binding"];

describe("the installer of TensorFlow", function () {
  this.timeout(20_000);
  let machine: FakeMachine;
  let told: string[];

  before(function () {
    // The lock and the unpacker are Python's, and its lock is one of Unix.
    if (!realPython) this.skip();
  });

  beforeEach(async () => {
    machine = await FakeMachine.create();
    told = [];
  });

  afterEach(removeTemporaryFolders);

  const folder = () => runtimeFolder("cpu", machine.env);
  const inPackage = (path: string) => join(folder(), "node_modules/@tensorflow/tfjs-node", path);
  const request = (signal = new AbortController().signal) => ({
    env: machine.env,
    signal,
    report: (text: string) => void told.push(text),
  });
  const install = (signal?: AbortSignal) => installTensorflow(machine.recipe, request(signal), linux);

  it("goes through all stages once, and finds all there the second time", async () => {
    expect(await install()).to.deep.equal(allStages);
    expect(readFileSync(inPackage("deps/lib/libtensorflow_cc.so.2"), "utf8")).to.match(/^libtensorflow_cc/);
    expect(existsSync(inPackage("deps/include/tensorflow/c/c_api.h"))).to.equal(true);
    expect(readlinkSync(inPackage("deps/lib/libtensorflow.so.2.9.1"))).to.equal("libtensorflow_cc.so.2");
    expect(existsSync(join(folder(), machine.recipe.wheel.file)), "the wheel is not kept").to.equal(false);
    expect(told.at(-1)).to.equal("trying it");
    machine.takeCalls();
    expect(await install()).to.deep.equal([]);
    expect(machine.takeCalls()).to.deep.equal([]);
  });

  it("says which folder cannot be written", async () => {
    writeFileSync(join(machine.env.XDG_CACHE_HOME!, "codex"), "no folder");
    const { message, where } = await rejection(() => install(), "CODEX_TENSORFLOW_FOLDER");
    expect(message).to.include("The lock cannot be taken: E");
    expect(where).to.include("codex/compute/tensorflow.lock");
    await rejection(() => tensorflowInstaller.remove(request()), "CODEX_TENSORFLOW_FOLDER");
  });

  it("never lets npm run install scripts", async () => {
    await install();
    expect(machine.takeCalls()).to.include("npm install --ignore-scripts --no-audit");
  });

  it("goes on at the stage that failed", async () => {
    machine.program("g++", '[ "$1" = --version ] && exit 0; echo "fatal error: no space" >&2; exit 1');
    const error = await rejection(() => install(), "CODEX_TENSORFLOW_BUILD");
    expect(error.why).to.include("no space");
    expect((await tensorflowInstaller.states(machine.env))[0]).to.include({ status: "partial" });
    machine.repair();
    expect(await install()).to.deep.equal(["binding"]);
    expect((await tensorflowInstaller.states(machine.env))[0]).to.include({ status: "installed" });
  });

  it("uses a wheel that was downloaded whole before it was killed", async () => {
    machine.python('case "$2" in *zipfile*) exit 1 ;; esac');
    await rejection(() => install(), "CODEX_TENSORFLOW_BUILD");
    expect(existsSync(join(folder(), machine.recipe.wheel.file))).to.equal(true);
    machine.repair();
    machine.takeCalls();
    expect(await install()).to.deep.equal(["libraries", "binding"]);
    expect(machine.takeCalls().join("\n")).to.not.include("pip download");
  });

  it("makes a result anew that lost its size, and what builds on it", async () => {
    await install();
    truncateSync(inPackage("deps/lib/libtensorflow_cc.so.2"), 5);
    writeFileSync(join(folder(), "installed.json"), "{");
    expect(await install()).to.deep.equal(["libraries", "binding"]);
  });

  it("refuses a wheel with another digest, and keeps nothing of it", async () => {
    const other = { ...machine.recipe, wheel: { ...machine.recipe.wheel, sha256: "0".repeat(64) } };
    const error = await rejection(() => installTensorflow(other, request(), linux), "CODEX_TENSORFLOW_DIGEST");
    expect(error.what).to.include("0".repeat(64)).and.include(machine.recipe.wheel.sha256);
    expect(existsSync(join(folder(), other.wheel.file))).to.equal(false);
    expect(existsSync(inPackage("deps"))).to.equal(false);
  });

  it("says that a download failed, and why", async () => {
    machine.program("npm", '[ "$1" = --version ] && exit 0; echo "getaddrinfo ENOTFOUND" >&2; exit 1');
    const packages = await rejection(() => install(), "CODEX_TENSORFLOW_DOWNLOAD");
    expect(packages.why).to.include("ENOTFOUND");
    machine.repair();
    machine.python('[ "$3" = download ] && { echo "No route to host" >&2; exit 1; }');
    const wheel = await rejection(() => install(), "CODEX_TENSORFLOW_DOWNLOAD");
    expect(wheel.why).to.include("No route to host");
    expect(wheel.what).to.include("tensorflow-cpu");
  });

  it("does not call an installation whole whose product is wrong", async () => {
    machine.repair("7, 10, 15, 23");
    const error = await rejection(() => install(), "CODEX_TENSORFLOW_UNUSABLE");
    expect(error.why).to.include("15 23");
    expect((await tensorflowInstaller.states(machine.env))[0]).to.include({ status: "partial" });
  });

  it("lets two run at once: one installs, the other waits and finds all there", async () => {
    const [one, other] = await Promise.all([install(), install()]);
    expect([one, other].sort((a, b) => a.length - b.length)).to.deep.equal([[], allStages]);
    expect(told).to.include("waiting for another installation to end");
  });

  it("stops when it is told to, and goes on later", async () => {
    machine.program("g++", '[ "$1" = --version ] && exit 0; exec sleep 60');
    const stop = new AbortController();
    const stopped = install(stop.signal).catch((error: Error) => error.name);
    while (!told.includes("compiling the binding")) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    expect(await stopped).to.equal("AbortError");
    machine.repair();
    expect(await install()).to.deep.equal(["binding"]);
  });

  it("removes what is there, whole or not, and says what", async () => {
    expect(await tensorflowInstaller.remove(request())).to.deep.equal([]);
    await install();
    const [removed] = await tensorflowInstaller.remove(request());
    expect(removed).to.include({ name: "tensorflow-cpu", status: "installed", folder: folder() });
    expect(existsSync(folder())).to.equal(false);
  });

  it("names what is missing, with the way to get it", async () => {
    const cases = [
      { name: "python3", script: "exit 1", what: "python3 is not there", fix: "apt-get install python3" },
      { name: "python3", script: '[ "$1" = --version ] || exit 1', what: "no pip", fix: "python3-pip" },
      { name: "npm", script: "exit 1", what: "npm is not there", fix: "nodejs.org" },
    ];
    for (const { name, script, what, fix } of cases) {
      machine.repair();
      machine.program(name, script);
      const error = await rejection(() => install(), "CODEX_TENSORFLOW_TOOL_MISSING");
      expect(error.what).to.include(what);
      expect(error.fix).to.include(fix);
    }
    machine.repair();
    for (const compiler of ["g++", "c++", "clang++"]) machine.program(compiler, "exit 1");
    const error = await rejection(() => install(), "CODEX_TENSORFLOW_TOOL_MISSING");
    expect(error.fix).to.include("apt-get install g++");
    expect(existsSync(folder()), "nothing is begun").to.equal(false);
  });

  it("refuses other platforms before anything is done, and says what works there", async () => {
    const others = [
      { system: "darwin", architecture: "arm64", glibc: undefined },
      { system: "win32", architecture: "x64", glibc: undefined },
      { system: "linux", architecture: "arm64", glibc: "2.36" },
      { system: "linux", architecture: "x64", glibc: undefined },
    ];
    for (const platform of others) {
      const refused = () => installTensorflow(machine.recipe, request(), platform);
      const error = await rejection(refused, "CODEX_TENSORFLOW_PLATFORM");
      expect(error.what).to.include(`${platform.system} ${platform.architecture}`);
      expect(error.fix).to.include("onnx or wasm");
    }
    expect(machine.takeCalls()).to.deep.equal([]);
  });
});
