import { randomInt } from "node:crypto";
import { commitAt } from "../../git/index.ts";
import { type Home, refOf } from "./refs.ts";

// As DVC's names are built: an adjective and a noun, easy to say and to type.
const adjectives = (
  "amber ample brave brisk broad calm civic clear crisp deep eager early fancy fiery first fleet fresh gentle giant " +
  "glad golden grand green happy hardy honest ideal ivory jolly keen kind large light lively loyal lucid lunar mellow " +
  "merry mild misty noble novel olive plain polar proud quick quiet rapid ready regal ripe rosy round royal rustic " +
  "sharp silent silver simple sleek smart smooth snowy solar solid spicy stable steep stout sunny super swift tidy " +
  "tough true urban vast vivid warm wild wise young zesty"
).split(" ");

const nouns = (
  "acre arch atom bark bay beam bell bird boat bolt book brook bud cape cave chip clay cliff cloud coast comet coral " +
  "cove creek crest crow dawn deer dell dove drift dune echo elm fern field fig finch fjord flame fox frost gale gate " +
  "gem glade glen grove gulf hare harp hawk heath hill ivy jade kelp kite lake larch lark leaf lime lynx maple marsh " +
  "mesa mint mist moon moss oak oar opal otter owl palm peak pear pine plum pond port quail rain reed reef ridge river " +
  "robin rock root rose sail sand seal shore sky snow spark star stone storm stork swan tide torch trail tulip vale " +
  "wave well wren yard"
).split(" ");

/** A name that no experiment of the baseline has, such as "brisk-otter". */
export function randomName(home: Home, baseline: string = home.head, taken: ReadonlySet<string> = new Set()): string {
  for (let tries = 0; ; tries += 1) {
    const name = `${pick(adjectives)}-${pick(nouns)}${tries > 50 ? `-${randomInt(1_000_000)}` : ""}`;
    if (!taken.has(name) && commitAt(home.top, refOf(baseline, name)) === null) return name;
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "";
}
