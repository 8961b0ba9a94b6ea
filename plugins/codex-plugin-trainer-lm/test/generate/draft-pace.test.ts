import { expect } from "chai";
import { DraftPace } from "#src/generate/draft-pace.js";

/** Times of passes in ms, and the share of guesses that come true. */
interface World {
  readonly single: number;
  readonly draft: number;
  readonly verification: number;
  readonly right: number;
}

/** Writes tokens at a pace; gives how many guesses each round was given, and ms a token. */
function write(pace: DraftPace, tokens: number, { single, draft, verification, right }: World) {
  const rounds: number[] = [];
  let written = 0;
  let ms = 0;
  let luck = 0;
  while (written < tokens) {
    const guesses = pace.next(4);
    rounds.push(guesses);
    written += 1;
    if (guesses === 0) {
      pace.tookSingle(single);
      ms += single;
      continue;
    }
    for (let guess = 0; guess < guesses; guess += 1) pace.tookDraft(draft);
    pace.tookVerification(verification);
    ms += guesses * draft + verification;
    for (let guess = 0; guess < guesses; guess += 1) {
      luck = (luck + right) % 1;
      const isRight = luck + right >= 1;
      pace.guessed(isRight);
      if (!isRight) break;
      written += 1;
    }
  }
  return { rounds, msPerToken: ms / written };
}

describe("DraftPace", () => {
  it("times single tokens first, then guesses all that it may while guesses come true", () => {
    const { rounds, msPerToken } = write(new DraftPace(), 400, { single: 24, draft: 6, verification: 27, right: 0.97 });
    expect(rounds.slice(0, 4)).to.deep.equal([0, 0, 0, 4]);
    expect(rounds.slice(20)).not.to.include(0);
    expect(msPerToken).to.be.lessThan(14);
  });

  it("guesses fewer where fewer come true", () => {
    const { rounds } = write(new DraftPace(), 400, { single: 24, draft: 6, verification: 27, right: 0.5 });
    expect(Math.max(...rounds.slice(50))).to.be.within(1, 2);
  });

  for (const [what, world] of [
    ["guesses do not come true", { single: 24, draft: 6, verification: 27, right: 0 }],
    ["a guess takes what a token takes", { single: 1, draft: 1, verification: 1.2, right: 1 }],
    ["a verification takes what its tokens take", { single: 24, draft: 6, verification: 120, right: 1 }],
  ] as const) {
    it(`stops where ${what}, and tries again ever less often`, () => {
      const { rounds, msPerToken } = write(new DraftPace(), 3000, world);
      const tries = rounds.flatMap((guesses, place) => (guesses > 0 ? [place] : [])).filter((place) => place > 30);
      const gaps = tries.slice(1).map((place, index) => place - tries[index]!);
      expect(tries).to.have.length.within(4, 12);
      expect(gaps.at(-1)).to.be.greaterThan(500);
      expect(msPerToken).to.be.lessThan(1.03 * world.single);
    });
  }

  it("does not mind passes that others held up", () => {
    const pace = new DraftPace();
    const rounds: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      const late = round % 5 === 4 ? 400 : 0;
      const guesses = pace.next(4);
      rounds.push(guesses);
      if (guesses === 0) pace.tookSingle(24);
      else {
        for (let guess = 0; guess < guesses; guess += 1) pace.tookDraft(6 + late);
        pace.tookVerification(27 + late);
        for (let guess = 0; guess < guesses; guess += 1) pace.guessed(true);
      }
    }
    expect(rounds.slice(3)).not.to.include(0);
  });

  it("goes on guessing when guesses come true again", () => {
    const pace = new DraftPace();
    const costs = { single: 24, draft: 6, verification: 27 };
    write(pace, 100, { ...costs, right: 0 });
    const { rounds } = write(pace, 800, { ...costs, right: 1 });
    expect(rounds.slice(-50)).not.to.include(0);
  });
});
