"""``sothat completion``: what makes a shell complete commands and options."""

import click
from sothat.commands._output import examples

_EXAMPLES = examples(
    'eval "$(sothat completion bash)"                # in ~/.bashrc',
    'eval "$(sothat completion zsh)"                 # in ~/.zshrc',
    "sothat completion fish > ~/.config/fish/completions/sothat.fish",
)


@click.command(short_help="Print what completes commands in bash, zsh or fish.", epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print a script for SHELL that completes commands, options and their values."""
    from click.shell_completion import get_completion_class

    program = click.get_current_context().find_root()
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 – click knows all three
    click.echo(made(program.command, {}, "sothat", "_SOTHAT_COMPLETE").source())
    return 0
