"""Commands of runbooks that nobody could run: no shell, unknown, or with unknown options."""

from collections.abc import Iterator, Sequence

from sothat.generator.checked import Check
from sothat.generator.command_tree import CommandTree
from sothat.generator.draft import Draft
from sothat.generator.runbooks.passages import Passage, command_passages
from sothat.generator.runbooks.programs import Programs, all_commands, program_of, shipped_programs
from sothat.generator.runbooks.shell import LONGEST, Command, Word, read_shell
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem

_OWN = "sothat"
Fault = tuple[Word, str, str]


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the commands of steps and of blocks of shell."""
    if not draft.catalogue.policy.teams:  # there is no policy that could name programs
        return
    programs, own = shipped_programs(), frozenset(draft.catalogue.policy.commands)
    for passage in command_passages(draft):
        script = read_shell(passage.text)
        if script.mistake is not None:
            yield draft.sources.complete(_no_shell(passage, script.mistake))
        for outer in script.commands:
            for command in all_commands(outer, programs.wrappers):
                for word, message, hint in _faults(command, programs, own, draft.commands):
                    yield draft.sources.complete(_unknown(passage, word, message, hint))


def _no_shell(passage: Passage, offset: int) -> Problem:
    message = "the shell would not take this command"
    hint = "close quotes and brackets; write placeholders in capitals, not in <angle brackets>"
    if len(passage.text) > LONGEST:
        message = f"the command is longer than {LONGEST} characters"
        hint = "put it into a script, and let the page name the script"
    place = passage.place(offset)
    return Problem("command-syntax", message, place, hint, rule=passage.page)


def _unknown(passage: Passage, word: Word, message: str, hint: str) -> Problem:
    return Problem("unknown-command", message, passage.place(word.offset), hint, rule=passage.page)


def _faults(
    command: Command, programs: Programs, own: frozenset[str], tree: CommandTree
) -> Iterator[Fault]:
    name = program_of(command.name)
    if not command.name.fixed or name in own:
        return
    if name == _OWN:
        yield from _own_faults(command.words[1:], tree, _OWN)
    elif name not in programs.known:
        guess = did_you_mean(name, programs.known | own)
        listing = f"a program of your own goes into the policy: commands: [{name}]"
        hint = f"{guess} {listing}" if guess else listing
        yield command.name, f"nobody knows the program '{name}'", hint


def _own_faults(words: Sequence[Word], tree: CommandTree, called: str) -> Iterator[Fault]:
    """Yield the subcommands and options of our own command that do not exist."""
    taken = False
    for number, word in enumerate(words):
        if taken:
            taken = False
        elif word.text == "--" or not word.fixed:
            return
        elif word.text.startswith("-") and word.text != "-":
            option, equals, _ = word.text.partition("=")
            if option not in tree.options:
                hint = did_you_mean(option, tree.options, otherwise=f"see {called} --help")
                yield word, f"{called} has no option '{option}'", hint
                return  # what follows may be its value
            taken = tree.options.get(option, False) and not equals
        elif tree.subcommands:
            yield from _sub_faults(words, number, tree, called)
            return


def _sub_faults(
    words: Sequence[Word], number: int, tree: CommandTree, called: str
) -> Iterator[Fault]:
    word = words[number]
    inner = tree.subcommands.get(word.text)
    if inner is None:
        hint = did_you_mean(word.text, tree.subcommands, otherwise=f"see {called} --help")
        yield word, f"{called} has no command '{word.text}'", hint
        return
    yield from _own_faults(words[number + 1 :], inner, f"{called} {word.text}")


CHECK = Check(codes=("command-syntax", "unknown-command"), find=find)
