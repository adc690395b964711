/** Words for the names of runs, all short, plain and kind. */
export const adjectives: readonly string[] = words(`
agile amber ample apt bold brave bright brisk calm candid careful cheerful civil clever cosy crisp curious daring deft
dutiful eager early earnest fair fleet fond frank fresh gentle glad golden grand handy happy hardy honest humble jolly
keen kind light lively loyal lucid lucky mellow merry mild modest neat nimble noble patient placid plucky polite proud
quick quiet rapid ready robust rosy sage serene sharp shy silver sleek smart snug sober spry steady sturdy sunny swift
tender thrifty tidy trim upbeat vivid warm wary wise witty zesty
`);

export const animals: readonly string[] = words(`
adder ant auk badger bat bear beaver bee bison boar bobcat camel carp cat cod colt condor coot crab crane cricket crow
deer dingo dove duck eagle eel elk emu ermine falcon fawn ferret finch fox frog gecko gnu goat goose grouse gull hare
hawk hen heron hornet horse ibex ibis jackal jay kite kiwi koala lamb lark lemur lion lizard llama lynx magpie marmot
marten mink mole moose moth mouse mule newt ocelot okapi otter owl ox panda parrot pika pike plover pony puffin quail
rabbit ram raven robin rook salmon seal shrew shrike skunk snail sparrow stag stoat stork swan tapir teal tern tiger
toad trout turtle viper vole walrus weasel whale wolf wombat wren yak zebra
`);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
