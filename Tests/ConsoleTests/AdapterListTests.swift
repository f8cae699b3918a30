import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Where rows stand when adapters come while the order is held.
@Suite struct AdapterListTests {
    private static let late = ["boutique-fr", "clinic-notes"]

    private func snapshot(_ isLate: (String) -> Bool) -> DeckSnapshot {
        SampleDeck.snapshot(adapters: SampleDeck.adapters.filter { !isLate($0.name) })
    }

    /// The rows of a list that saw some adapters come later than others.
    private func rows(by key: SortKey, isDescending: Bool = false, isFrozen: Bool, isHeld: Bool) -> [Target] {
        var list = AdapterList(sort: key, isDescending: isDescending)
        list.update(from: snapshot(Self.late.contains), now: 0, isFrozen: false)
        if isHeld { list.hold(now: 0) }
        list.update(from: snapshot { _ in false }, now: 1, isFrozen: isFrozen)
        return list.rows
    }

    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func namesStandInTheirOrderAlways(_ isFrozen: Bool, _ isHeld: Bool) {
        let rows = rows(by: .name, isFrozen: isFrozen, isHeld: isHeld)
        #expect(rows == [.base] + SampleDeck.adapters.map(\.name).sorted().map { .adapter($0) })
        #expect(self.rows(by: .name, isDescending: true, isFrozen: isFrozen, isHeld: isHeld) == rows.reversed())
    }

    @Test(arguments: [(true, false), (false, true)])
    func byAFigureTheyComeLastWhileTheOrderIsHeld(_ isFrozen: Bool, _ isHeld: Bool) {
        let rows = rows(by: .running, isDescending: true, isFrozen: isFrozen, isHeld: isHeld)
        #expect(Set(rows.suffix(2)) == Set(Self.late.map { .adapter($0) }))
        #expect(rows.count == SampleDeck.adapters.count + 1)
    }

    /// The cursor stays on its row while one comes in above it.
    @Test func theCursorStaysOnItsRow() {
        var script = Script(snapshot: snapshot(Self.late.contains))
        script.press(.character("2"))
        script.select("haiku-hotel")
        script.send(.snapshot(SampleDeck.snapshot(index: 2)))
        #expect(script.state.selected == .adapter("haiku-hotel"))
        script.press(.character("g"), .down)
        #expect(script.state.selected == .adapter("boutique-fr"))
    }
}
