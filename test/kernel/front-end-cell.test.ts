import { describe, expect, it } from "vitest";
import { type FrontEndCell, frontEndCell } from "../../src/kernel/front-end-cell.ts";
import { newHeader } from "../../src/kernel/protocol/index.ts";

const header = newHeader("execute_request", "session-1");
const of = (cellId?: unknown): FrontEndCell =>
  frontEndCell({ header, metadata: cellId === undefined ? {} : { cellId } });

describe("what a front end tells of a cell", () => {
  it("is the id of nbformat in JupyterLab, and nothing in a console", () => {
    expect(of("3f2a-cell")).toEqual({ id: "3f2a-cell", notebook: null });
    expect([of(), of(""), of(7)]).toEqual(Array(3).fill({ id: null, notebook: null }));
  });

  it("is the notebook's path in VS Code, and an id that no other session can mean", () => {
    const sent = "vscode-notebook-cell:/home/u/gr%C3%B6%C3%9Fe%20a/fit%23.ipynb#W2sZmlsZQ%3D%3D";
    expect(of(sent)).toEqual({ id: "W2sZmlsZQ%3D%3D@session-1", notebook: "/home/u/größe a/fit#.ipynb" });
    const remote = "vscode-notebook-cell://ssh-remote%2Bbox/home/u/a.ipynb#X10sdnNjb2Rl";
    expect(of(remote).notebook).toBe("/home/u/a.ipynb");
    expect(of("vscode-notebook-cell:/c%3A/Users/u/a.ipynb#W0sZmlsZQ").notebook).toBe("c:/Users/u/a.ipynb");
  });

  it("has no path for a notebook that was never saved, or whose name is no text", () => {
    expect(of("vscode-notebook-cell:Untitled-1.ipynb?jupyter-notebook#W0sdW50aXRsZWQ").notebook).toBeNull();
    expect(of("vscode-notebook-cell:/a/%FF.ipynb#W0").notebook).toBeNull();
  });
});
