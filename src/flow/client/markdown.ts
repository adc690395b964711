/** HTML of the Markdown that people write on cards: what is no Markdown of ours is text, and never HTML. */

/** Letters that mean something in HTML, written so that they mean themselves. */
export function htmlText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Headings, lists, code, tables, paragraphs; in them bold, italics, code, links to http(s). */
export function markdownHtml(text: string): string {
  return blocksOf(text.replaceAll("\r\n", "\n")).map(blockHtml).join("\n");
}

// A fence is one block whatever is in it; else empty lines are between blocks, and a heading is one by itself.
function blocksOf(text: string): readonly string[] {
  const parts = text.split(/^(```[^\n]*\n[\s\S]*?\n```[ \t]*|#{1,6} [^\n]*)$/m);
  return parts.flatMap((part, at) => (at % 2 === 1 ? [part] : part.split(/\n[ \t]*\n/))).filter((part) => part.trim());
}

function blockHtml(block: string): string {
  const fence = /^```[^\n]*\n([\s\S]*?)\n?```[ \t]*$/.exec(block);
  if (fence !== null) return `<pre><code>${htmlText(fence[1] ?? "")}</code></pre>`;
  const [, marks = "", title = ""] = /^(#{1,6}) (.*)$/.exec(block.trim()) ?? [];
  if (marks !== "") return `<h${marks.length}>${inlineHtml(title)}</h${marks.length}>`;
  const lines = block.trim().split("\n");
  if (lines.every((line) => /^\s*[-*+] /.test(line))) return list("ul", lines, /^\s*[-*+] /);
  if (lines.every((line) => /^\s*\d+[.)] /.test(line))) return list("ol", lines, /^\s*\d+[.)] /);
  if (lines.length > 1 && /^\|?[ :|-]*-[ :|-]*$/.test(lines[1] ?? "") && (lines[0] ?? "").includes("|"))
    return table(lines);
  return `<p>${lines.map(inlineHtml).join("<br>")}</p>`;
}

function list(tag: "ul" | "ol", lines: readonly string[], mark: RegExp): string {
  return `<${tag}>${lines.map((line) => `<li>${inlineHtml(line.replace(mark, ""))}</li>`).join("")}</${tag}>`;
}

function table([head = "", , ...rows]: readonly string[]): string {
  const cells = (line: string, tag: "th" | "td"): string => {
    const texts = line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|");
    return `<tr>${texts.map((text) => `<${tag}>${inlineHtml(text.trim())}</${tag}>`).join("")}</tr>`;
  };
  return `<table><thead>${cells(head, "th")}</thead><tbody>${rows.map((row) => cells(row, "td")).join("")}</tbody></table>`;
}

function inlineHtml(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, at) => (at % 2 === 1 ? `<code>${htmlText(part.slice(1, -1))}</code>` : wordsHtml(htmlText(part))))
    .join("");
}

function wordsHtml(text: string): string {
  return text
    .replace(/\[([^\]]+)\]\((https?:\/\/[^\s()]+)\)/g, '<a href="$2" rel="noreferrer">$1</a>')
    .replace(/\*\*(?=\S)(.+?)\*\*/g, "<b>$1</b>")
    .replace(/(^|[^*\w])\*(?=\S)([^*]+)\*(?!\w)/g, "$1<i>$2</i>");
}
