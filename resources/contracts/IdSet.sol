// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// A set of ids that can be listed. The order of the list is not kept when ids are removed.
struct IdSet {
    bytes32[] ids;
    mapping(bytes32 id => uint256) place; // in `ids`, counted from one; zero for what is not in the set
}

using {add, remove} for IdSet global;

/// Adding an id a second time changes nothing.
function add(IdSet storage set, bytes32 id) {
    if (set.place[id] != 0) return;
    set.ids.push(id);
    set.place[id] = set.ids.length;
}

/// Removing an id that is not in the set changes nothing.
function remove(IdSet storage set, bytes32 id) {
    uint256 place = set.place[id];
    if (place == 0) return;
    bytes32 last = set.ids[set.ids.length - 1];
    set.ids[place - 1] = last;
    set.place[last] = place;
    // After the line above: the removed id may be the last one itself.
    delete set.place[id];
    set.ids.pop();
}
