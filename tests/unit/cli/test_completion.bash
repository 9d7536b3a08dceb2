# Completes words of a command line as bash does: test_completion.bash FILE
source "$1" || exit 1
compopt() { :; }
failures=0

# expect 'words' 'expected, sorted' : the last word is the one to complete
expect() {
	IFS=' ' read -r -a COMP_WORDS <<<"${1%_}"
	[[ $1 == *' _' ]] && COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_picdesk
	local got
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')
	if [[ ${got% } != "$2" ]]; then
		printf "'%s': expected '%s', got '%s'\n" "$1" "$2" "${got% }" >&2
		failures=$((failures + 1))
	fi
}

folder=$(mktemp -d) && cd "$folder" || exit 1
mkdir posts && touch post.md picdesk.yml

expect 'picdesk b' 'build'
expect 'picdesk s' 'scan show stats'
expect 'picdesk --v' '--version'
expect 'picdesk build --fail-o' '--fail-on'
expect 'picdesk scan --fail-o' ''
expect 'picdesk scan --fail-i' '--fail-if-empty'
expect 'picdesk check --fail-on _' 'broken never new warning'
expect 'picdesk check --fail-on = w' 'warning'
expect 'picdesk check -f j' 'json jsonl junit'
expect 'picdesk -o build check --base' '--baseline'
expect 'picdesk check po' 'post.md posts'
expect 'picdesk check --cache-dir po' 'posts'
expect 'picdesk check -c pic' 'picdesk.yml'
expect 'picdesk check --timeout po' ''
expect 'picdesk stats po' ''
expect 'picdesk import po' 'post.md posts'
expect 'picdesk export pic' 'picdesk.yml'
expect 'picdesk show pos' 'post.md posts'
expect 'picdesk init po' 'posts'
expect 'picdesk help ch' 'check'

cd / && rm -r "$folder"
exit $((failures > 0))
