import { Clipboard } from "@jupyterlab/apputils";
import { type JSX, type ReactNode, useState } from "react";
import { useSurroundings } from "./surroundings.ts";

/** The 32 px row above a view: its name, facts beside it, controls as words at the right. */
export function Header(props: {
  readonly title: string;
  readonly facts: ReactNode;
  readonly children?: ReactNode;
}): JSX.Element {
  return (
    <div className="jp-stemma-Header">
      <h3 className="jp-stemma-Header-title" title={props.title}>
        {props.title}
      </h3>
      {props.facts}
      <span className="jp-stemma-grow" />
      {props.children}
    </div>
  );
}

/** Letters at the end of a long name that are always shown: names of one list often differ only there. */
const endLetters = 12;

/** A name that loses letters in its middle where there is no room for all of it. */
export function LongName(props: { readonly text: string }): JSX.Element {
  const letters = [...props.text];
  if (letters.length <= 2 * endLetters) return <>{props.text}</>;
  return (
    <span className="jp-stemma-LongName">
      <span>{letters.slice(0, -endLetters).join("")}</span>
      <span>{letters.slice(-endLetters).join("")}</span>
    </span>
  );
}

/** A control that is a word. */
export function Word(props: {
  readonly children: ReactNode;
  readonly onClick: () => void;
  /** Whether it is on, for one that can be. */
  readonly on?: boolean;
  readonly title?: string;
}): JSX.Element {
  const pressed = props.on === undefined ? {} : { "aria-pressed": props.on };
  return (
    <button
      type="button"
      className={props.on === true ? "jp-stemma-Word jp-mod-on" : "jp-stemma-Word"}
      title={props.title}
      onClick={props.onClick}
      {...pressed}
    >
      {props.children}
    </button>
  );
}

/** A word that copies a text, and says that it did. */
export function CopyWord(props: { readonly text: string; readonly children: ReactNode }): JSX.Element {
  const { trans } = useSurroundings();
  const [copied, setCopied] = useState(false);
  // Not the browser's own clipboard, which a JupyterLab that is reached over plain HTTP has not.
  const copy = (): void => {
    Clipboard.copyToSystem(props.text);
    setCopied(true);
  };
  return <Word onClick={copy}>{copied ? trans.__("Copied: paste it into a cell") : props.children}</Word>;
}

/** One sentence and at most one action, in place of a view that cannot be shown. */
export function Notice(props: {
  readonly sentence: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly kind?: "quiet" | "failed";
  /** In place of an action of that sort. */
  readonly children?: ReactNode;
}): JSX.Element {
  return (
    <div className={`jp-stemma-Notice jp-mod-${props.kind ?? "quiet"}`} role="status">
      <p>{props.sentence}</p>
      {props.action === undefined ? null : <Word onClick={props.action.run}>{props.action.label}</Word>}
      {props.children}
    </div>
  );
}

/** Above what was there before: why it is not newer, and the way to ask again; nothing while all is well. */
export function Trouble(props: { readonly message: string | null; readonly again: () => void }): JSX.Element | null {
  const { trans } = useSurroundings();
  if (props.message === null) return null;
  return (
    <div className="jp-stemma-Trouble" role="status">
      <span>{trans.__("%1 Shown is what was there before.", props.message)}</span>
      <Word onClick={props.again}>{trans.__("Try again")}</Word>
    </div>
  );
}

export function Chip(props: { readonly children: ReactNode; readonly kind?: string }): JSX.Element {
  return <span className={`jp-stemma-Chip jp-mod-${props.kind ?? "quiet"}`}>{props.children}</span>;
}

/** The dot in the colour of a run: full, hollow where another has the colour too, faded for a failed run. */
export function Dot(props: {
  readonly colour: number;
  readonly faded?: boolean;
  readonly hollow?: boolean;
}): JSX.Element {
  const marks = `${props.faded ? " jp-mod-faded" : ""}${props.hollow ? " jp-mod-hollow" : ""}`;
  return <span className={`jp-stemma-Dot${marks}`} style={{ color: seriesColour(props.colour) }} aria-hidden />;
}

/** The CSS colour of a series, for light and dark. */
export function seriesColour(colour: number): string {
  return `var(--jp-stemma-series-${colour})`;
}
