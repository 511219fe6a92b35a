round=0
while [ $round -lt 10 ]; do
	round=$((round + 1))
	create_state before 1
	id=$new
	create_state task 0
	{
		for n in $(seq 12); do
			put_state "refused$n" "$new" "$((n + 100))" 'If-Match: \"no such tag\"'
			racer "$((n + 12))" "/tasks/$new"
			put_state "$n" "$new" "$n"
			[ "$n" -gt 6 ] || racer "$((n + 24))" "/tasks?after=$((new - 1))&limit=1"
		done
	} | at_once
	: >"$dir/tags"
	for n in $(seq 30); do
		status_is "$n" 200 || broken "$n" 'status 200'
		if [ "$n" -gt 24 ]; then entry "$n" "$new" >"$dir/shown"; else flat "$n" >"$dir/shown"; fi
		is_state "$new" "$dir/shown" || broken "$n" 'one of the states that were written'
		! grep -q '"state 1[01][0-9]"' "$dir/shown" || broken "$n" 'no state that was refused'
		[ "$n" -gt 24 ] || echo "$(tag_of "$n") $state" >>"$dir/tags"
	done
	sort -u "$dir/tags" | cut -d ' ' -f 1 | uniq -d >"$dir/twice"
	[ ! -s "$dir/twice" ] || broken 1 "states with tags of their own; two of them had $(cat "$dir/twice")"
	ask last curl "$url/tasks/$new"
	flat last >"$dir/shown"
	is_state "$new" "$dir/shown" || broken last 'one of the states that were written'
	ask page curl "$url/tasks?after=$((new - 1))"
	[ "$(entry page "$new" | sort)" = "$(flat last | sort)" ] || broken page 'the task as it reads by id'
	tidy
done
