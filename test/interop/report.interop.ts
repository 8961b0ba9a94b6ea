import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openBrowser } from "../support/browser.js";
import { repositoryRoot } from "../support/repository.js";

const codex = join(repositoryRoot, "core/kernel/bin/codex.js");
const phone = { width: 360, height: 780 };
const desk = { width: 1280, height: 900 };

describe("reports in Chromium", () => {
  const folder = join(tmpdir(), `codex report ${process.pid}`);
  const shots = process.env.CODEX_SCREENSHOTS ?? join(folder, "screenshots");
  const pages = { report: join(folder, "a", "report.html"), comparison: join(folder, "comparison.html") };
  let browser: Browser;

  before(async () => {
    mkdirSync(folder);
    mkdirSync(shots, { recursive: true });
    for (const [name, rate] of [
      ["a", "1e-3"],
      ["b", "4e-3"],
    ] as const) {
      const words = [
        "trainer.maxSteps=60",
        "trainer.evalEvery=20",
        "checkpoint.every=20",
        "trainer.sample.maxNewTokens=80",
      ];
      codexRun(
        "train",
        "--config",
        "quickstart",
        ...words,
        `optimizer.learningRate=${rate}`,
        `run.name=rate-${rate}`,
        `run.outputDir=${join(folder, name)}`,
      );
    }
    codexRun("runs", "compare", join(folder, "a"), join(folder, "b"), "--output", pages.comparison);
    browser = await openBrowser();
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const name of ["report", "comparison"] as const) {
    for (const [view, options] of [
      ["phone", { viewport: phone, deviceScaleFactor: 2, hasTouch: true }],
      ["desk", { viewport: desk }],
      ["dark", { viewport: desk, colorScheme: "dark" }],
      ["no script", { viewport: desk, javaScriptEnabled: false }],
    ] as const) {
      it(`shows the ${name}, ${view}, and asks for nothing`, async () => {
        await look(options, pages[name], async (page) => {
          const overflow = await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
          expect(overflow, "wider than the screen").to.be.at.most(0);
          const curves = await page
            .locator(".chart .curve")
            .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
          expect(curves.length).to.be.at.least(6);
          for (const path of curves) expect(path).to.match(/^M[\d.]+ [\d.]+h0/);
          expect(await page.locator("figcaption").count()).to.equal(name === "report" ? 6 : 8);
          expect(await page.locator("h2").allInnerTexts()).to.include.members(["Curves", "Config"]);
          await page.screenshot({ path: join(shots, `${name} ${view}.png`), fullPage: true });
        });
      });
    }

    it(`prints the ${name} in light colours on a dark screen`, async () => {
      await look({ viewport: desk, colorScheme: "dark" }, pages[name], async (page) => {
        const pdf = await page.pdf({ path: join(shots, `${name}.pdf`), preferCSSPageSize: true });
        expect(pdf.length).to.be.greaterThan(10_000);
        await page.emulateMedia({ media: "print" });
        const ink = await page.evaluate("getComputedStyle(document.body).color");
        expect(ink).to.equal("rgb(27, 29, 34)");
      });
    });
  }

  it("tells values under the pointer and by keys, zooms and shows all again", async () => {
    await look({ viewport: desk }, pages.report, async (page) => {
      const figure = page.locator("figure.chart").first();
      const stage = figure.locator(".stage");
      const box = (await stage.boundingBox())!;
      const middle = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width / 2, middle);
      expect(await figure.locator(".readout").textContent()).to.match(/^step \d+ train \d\.\d+/);
      const drawing = () => figure.locator(".curve").first().getAttribute("d");
      const whole = await drawing();
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.75, middle);
      await page.mouse.up();
      expect(await drawing()).not.to.equal(whole);
      await page.screenshot({ path: join(shots, "zoomed.png"), clip: box });
      await figure.getByRole("button", { name: "Show all" }).click();
      expect(await drawing()).to.equal(whole);
      await page.mouse.move(0, 0);
      await stage.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      expect(await figure.locator(".readout").textContent()).to.match(/^step 2 train/);
    });
  });

  it("shows hostile text as text", async () => {
    const run = join(folder, "hostile");
    mkdirSync(run);
    const attack = `</script></pre><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
    const line = (row: object) => `${JSON.stringify(row)}\n`;
    const samples = Array.from({ length: 10_000 }, (_, index) =>
      line({ event: "sample", step: index, prompt: attack, text: `${attack} \u202eמימין ${"x".repeat(900)}\u0000` }),
    );
    writeFileSync(
      join(run, "run.json"),
      line({ runId: "h", name: attack, status: "failed", error: { code: "X", what: attack } }),
    );
    writeFileSync(join(run, "events.ndjson"), samples.join("") + line({ event: attack }));
    const values = [1, "NaN", "Infinity", 0.5].map((loss, step) =>
      line({ seq: step, step, "train/loss": loss, [`train/${attack}`]: 1 }),
    );
    writeFileSync(join(run, "metrics.ndjson"), values.join(""));
    writeFileSync(join(run, "config.yaml"), JSON.stringify({ run: { name: attack } }));
    codexRun("runs", "report", run, "--output", join(folder, "hostile.html"));
    codexRun("runs", "compare", run, run, "--output", join(folder, "hostile comparison.html"));
    for (const file of ["hostile.html", "hostile comparison.html"]) {
      await look({ viewport: phone }, join(folder, file), async (page) => {
        expect(await page.title()).not.to.equal("taken");
        expect(await page.locator("img").count()).to.equal(0);
        expect(await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth)).to.be.at.most(0);
        expect(await page.locator(".chart .bad").first().getAttribute("d")).to.match(/^M.*v10M.*v10$/);
        if (file === "hostile.html")
          expect(await page.locator("main").textContent()).to.include("40 of 10,000 samples");
        await page.screenshot({ path: join(shots, `${file}.png`), clip: { x: 0, y: 0, ...phone } });
      });
    }
  });

  /** Opens a file as a person would, without a network, and fails where the page complains or asks for anything. */
  async function look(
    options: BrowserContextOptions,
    file: string,
    work: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ ...options, offline: true });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => requests.push(request.url()));
      const url = pathToFileURL(file).href;
      await page.goto(url);
      await work(page);
      expect(complaints).to.deep.equal([]);
      expect(requests).to.deep.equal([url]);
    } finally {
      await context.close();
    }
  }
});

function codexRun(...words: readonly string[]): void {
  execFileSync(process.execPath, [codex, ...words], { cwd: repositoryRoot, stdio: ["ignore", "ignore", "inherit"] });
}
