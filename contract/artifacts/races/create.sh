round=0
while [ $round -lt 8 ]; do
	round=$((round + 1))
	for n in $(seq 16); do
		post_title "$n" "racer $((n % 8))"
	done | at_once
	issued=
	for n in $(seq 16); do
		: >"$dir/$n.made"
		status_is "$n" '2??' || broken "$n" 'status 201'
		new=$(id_of "$n") || quit "$n"
		case " $issued " in *" $new "*) broken "$n" 'an id that no other POST was answered' ;; esac
		issued="$issued $new"
	done
	n=0
	first=$(printf '%s\n' $issued | sort -n | head -n 1)
	ask page curl "$url/tasks?after=$((first - 1))"
	for id in $issued; do
		n=$((n + 1))
		ask read curl "$url/tasks/$id"
		flat read | grep -qxF -e ".title \"racer $((n % 8))\"" || broken read "the task that POST $n created"
		ids_of page | grep -qxF -e "$id" || broken page "a page that has task $id"
	done
	tidy
done
