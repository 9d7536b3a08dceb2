# test_completion.fish FILE: what fish offers with the completion in FILE.
source $argv[1]

function offers -a typed expected
    set -l words (complete -C $typed | string split -f1 \t | string join ' ')
    if test "$words" != "$expected"
        echo "'$typed': '$words' is offered, expected is '$expected'"
        exit 1
    end
end

offers 'picdesk ch' check
offers 'picdesk check --fail' '--fail-after --fail-if-empty --fail-on'
offers 'picdesk check --fail-on ' 'broken never new warning'
offers 'picdesk check -f j' 'json jsonl junit'
offers 'picdesk check --color=a' '--color=always --color=auto'
offers 'picdesk help lo' localize
# Not --un: fish 4 lists --dry-run, too, which has these letters in this order.
offers 'picdesk gc --unu' --unused-for
offers 'picdesk check --unused' ''
offers 'picdesk import /etc/os-rel' /etc/os-release
offers 'picdesk export /etc/os-rel' /etc/os-release
offers 'picdesk stats /etc/os-rel' ''
