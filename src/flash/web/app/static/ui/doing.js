// Doing something that takes a while and may be refused: busy meanwhile, and a sentence when it did not work.

import { NoAnswer, Refused } from "../core/api.js";
import { user } from "../core/session.js";
import { keep, known } from "../core/shelf.js";
import { say } from "../words/say.js";
import { useEffect, useRef, useState } from "./html.js";

/** @typedef {{ text: string, field: string, code: string }} Problem */

/**
 * What to tell a person of an error of a call.
 * @param {unknown} error
 * @returns {Problem}
 */
export function problemOf(error) {
  if (error instanceof Refused) {
    const field = Object.keys(error.body).find((name) => Array.isArray(error.body[name]) && name !== "lines") ?? "";
    return { text: error.text, field, code: error.code };
  }
  if (error instanceof NoAnswer) return { text: say("Flash does not answer. Please check your connection."), field: "", code: "no_answer" };
  throw error;
}

/** @returns {{ busy: boolean, problem: Problem | null, setProblem: (problem: Problem | null) => void, run: (what: () => Promise<void>) => Promise<boolean> }} *run* tells whether it worked */
export function useDoing() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const run = async (/** @type {() => Promise<void>} */ what) => {
    if (busy) return false;
    setBusy(true);
    setProblem(null);
    try {
      await what();
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, run };
}

/**
 * Data of the service: what was known before at once, then what is true now.
 * @template T
 * @param {() => Promise<T>} load
 * @param {{ name?: string, again?: unknown[] }} [how] *name*: under which the phone keeps it; *again*: load anew when these change
 * @returns {{ data: T | null, problem: Problem | null, old: boolean, reload: () => void }}
 */
export function useData(load, { name, again = [] } = {}) {
  const [state, setState] = useState({ data: /** @type {T | null} */ (null), problem: /** @type {Problem | null} */ (null), old: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let gone = false;
    const show = async () => {
      const before = name ? await known(name) : null;
      if (!gone && before !== null) setState({ data: before, problem: null, old: true });
      try {
        const owner = user.peek()?.id;
        const data = await load();
        if (name) await keepFor(owner, name, data);
        if (!gone) setState({ data, problem: null, old: false });
      } catch (error) {
        const problem = problemOf(error);
        if (!gone) setState((last) => ({ ...last, problem }));
      }
    };
    show();
    return () => {
      gone = true;
    };
  }, [name, round, ...again]);
  return { ...state, reload: () => setRound((last) => last + 1) };
}

/**
 * Keep what somebody was told, unless they have left meanwhile: whoever is here now must not see it.
 * @param {string | undefined} owner
 * @param {string} name
 * @param {unknown} data
 */
const keepFor = async (owner, name, data) => user.peek()?.id === owner && keep(name, data);

/** @typedef {{ rows: any[] | null, next: string | null, busy: boolean, problem: Problem | null }} Pages */

/**
 * Data that comes in pages, each of which tells where the next one begins.
 * @param {(cursor: string | null) => Promise<{ results: any[], next: string | null }>} load
 * @param {{ again: unknown[], name?: string }} how *again*: load anew when these change; *name*: under which the phone keeps the first page
 * @returns {Pages & { more: () => Promise<void> }}
 */
export function usePages(load, { again, name }) {
  const [state, setState] = useState(/** @type {Pages} */ ({ rows: null, next: null, busy: true, problem: null }));
  const round = useRef(0);
  /** @param {any[]} before @param {string | null} cursor */
  const add = async (before, cursor) => {
    const owner = user.peek()?.id;
    // Whoever changes the question meanwhile wants no answer to the first one.
    const mine = round.current;
    const tell = (/** @type {Partial<Pages>} */ news) => mine === round.current && setState((last) => ({ ...last, busy: false, ...news }));
    try {
      const { results, next } = await load(cursor);
      if (name && cursor === null) await keepFor(owner, name, results);
      tell({ rows: [...before, ...results], next });
    } catch (error) {
      const rows = name && cursor === null ? await known(name) : null;
      tell({ problem: problemOf(error), ...(rows ? { rows } : {}) });
    }
  };
  useEffect(() => {
    round.current += 1;
    setState({ rows: null, next: null, busy: true, problem: null });
    add([], null);
    return () => {
      round.current += 1;
    };
  }, again);
  const more = async () => {
    if (state.busy || state.next === null) return;
    setState({ ...state, busy: true, problem: null });
    await add(state.rows ?? [], state.next);
  };
  return { ...state, more };
}
