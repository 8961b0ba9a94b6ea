import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { rejection, silentLogger } from "codex-core/testing";
import { createStore } from "#src/create-store.js";
import { LocalStore } from "#src/local/local-store.js";
import { RestStore } from "#src/rest/rest-store.js";

const projectFolder = resolve("project");
const create = (uri?: string, environment: NodeJS.ProcessEnv = {}) =>
  createStore({ uri, projectFolder, environment, logger: silentLogger });

describe("createStore", () => {
  for (const [what, uri, environment, root] of [
    ["mlruns in the project by default", undefined, {}, join(projectFolder, "mlruns")],
    ["a folder that is named", "out/runs", { MLFLOW_TRACKING_URI: "http://x" }, join(projectFolder, "out/runs")],
    ["what MLFLOW_TRACKING_URI names", undefined, { MLFLOW_TRACKING_URI: "/tmp/a" }, resolve("/tmp/a")],
    ["a file URL", pathToFileURL(join(projectFolder, "a b")).href, {}, join(projectFolder, "a b")],
  ] as const) {
    it(`keeps runs in ${what}`, () => {
      const store = create(uri, environment);
      expect(store).to.be.instanceOf(LocalStore);
      expect((store as LocalStore).root).to.equal(root);
    });
  }

  it("speaks to a server, as whom the environment says", () => {
    const headers = (environment: NodeJS.ProcessEnv) => {
      const store = create("https://mlflow.example/base/", environment);
      expect(store).to.be.instanceOf(RestStore);
      return (store as RestStore).client.headers;
    };
    expect(headers({})).to.deep.equal({});
    expect(headers({ MLFLOW_TRACKING_TOKEN: "t" })).to.deep.equal({ authorization: "Bearer t" });
    const user = { MLFLOW_TRACKING_USERNAME: "me", MLFLOW_TRACKING_PASSWORD: "ü:" };
    expect(headers({ ...user, MLFLOW_TRACKING_TOKEN: "t" })).to.deep.equal({ authorization: "Basic bWU6w7w6" });
  });

  for (const uri of ["sqlite:///mlflow.db", "databricks", "databricks://profile", "http://", "s3://bucket"]) {
    it(`refuses ${uri}`, async () => {
      const error = await rejection(async () => create(uri), "CODEX_TRACKER_MLFLOW_URI");
      expect(error.where).to.equal("config → tracker.mlflow.uri");
    });
  }

  it("refuses secrets in an address without repeating them", async () => {
    const environment = { MLFLOW_TRACKING_URI: "https://me:hunter2@mlflow.example" };
    const error = await rejection(async () => create(undefined, environment), "CODEX_TRACKER_MLFLOW_URI");
    expect(error.where).to.equal("MLFLOW_TRACKING_URI");
    expect(error.toString()).not.to.contain("hunter2");
  });
});
