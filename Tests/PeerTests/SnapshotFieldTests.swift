import DeckCore
import DeckWire
import Foundation
import ModelFiles
import TestSupport
import Testing

/// A deck's snapshot, each field of it set to what a broken or hostile peer may send.
@Suite("A peer's snapshot, field by field") struct SnapshotFieldTests {
    /// Beyond what any count, time or share can be.
    static let hostile: [JSONValue] = [
        .int(1 << 62), .int(.max), .int(.min), .double(0x1p63), .double(1e308), .double(-1e308), .string("nan"),
        .string("inf"), .string("-inf"),
    ]
    /// What a field may hold at most, whatever its bounds: the first that is taken is its own.
    private static let largest = [
        1 << 48, 3_155_760_000, 1 << 36, 1 << 28, 1 << 26, 1 << 24, 1 << 21, 1 << 20, 1 << 17, 1 << 16, 65_535, 1024,
        16, 8, 7, 6, 5, 4, 3, 2, 1,
    ]
    private static let smallest = [-(1 << 48), -3_155_760_000, 0, 1]

    private let tree: JSONValue

    init() throws { tree = try .encoding(FullSnapshot.make()) }

    private func fault(_ tree: JSONValue) -> WireFault? {
        do throws(WireFault) {
            _ = try tree.decoded(as: DeckSnapshot.self)
            return nil
        } catch {
            return error
        }
    }

    private func snapshot(_ tree: JSONValue) -> DeckSnapshot? { try? tree.decoded(as: DeckSnapshot.self) }

    /// A new field that is nil or empty in the sample would not be tested: put it there.
    @Test("nothing is missing in what is tested")
    func everyFieldIsThere() {
        var missing: [String] = []
        func look(_ value: Any, _ path: String) {
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .optional, .collection, .dictionary, .set:
                if mirror.children.isEmpty { missing.append(path) }
            default: break
            }
            for child in mirror.children { look(child.value, "\(path).\(child.label ?? "")") }
        }
        look(FullSnapshot.make(), "snapshot")
        #expect(missing.isEmpty)
        #expect(fault(tree) == nil)
        #expect(ScreenWalk.draw([FullSnapshot.make()]) > 150)
    }

    @Test("every number that cannot be is refused by its name and with its value")
    func noNumberEscapes() {
        let numbers = TreePath.all(in: tree).filter { tree[$0]?.isNumber ?? false }
        #expect(numbers.count > 200)
        for path in numbers {
            for value in Self.hostile {
                let found = fault(tree.replacing(path, value))
                #expect(found?.field == path.description, "\(path) took \(value)")
                #expect(found?.value?.isEmpty == false)
            }
        }
        let field = TreePath(steps: [.member("pool"), .member("pageBytes")])
        #expect(
            fault(tree.replacing(field, .int(1 << 62)))?.description
                == "pool.pageBytes 4611686018427387904: more than 2^36")
    }

    @Test("what is missing, null or of another type is refused, or drawn")
    func otherTypes() {
        var drawn = 0
        for path in TreePath.fields(in: tree, where: { _ in true }) {
            for value in [nil, .null, .bool(true), .string("x"), .int(5), .double(0.5), .array([]), .object([:])]
                as [JSONValue?]
            {
                guard value != tree[path] else { continue }
                let changed = tree.replacing(path, value)
                guard let taken = snapshot(changed) else {
                    #expect(fault(changed)?.reason.isEmpty == false)
                    continue
                }
                ScreenWalk.glance(taken, size: ScreenWalk.sizes[drawn % 3])
                drawn += 1
            }
        }
        #expect(drawn > 50, "\(drawn)")
        let count = TreePath(steps: [.member("pool"), .member("freePages")])
        #expect(fault(tree.replacing(count, .string("x")))?.description == "pool.freePages “x”: not a whole number")
        #expect(fault(tree.replacing(count, nil))?.description == "pool.freePages: missing")
    }

    @Test("at the bounds of each field, every screen stands at three sizes")
    func screensAtTheBounds() throws {
        var extremes = [tree, tree]
        var (fields, frames) = (0, 0)
        for path in TreePath.fields(in: tree, where: \.isNumber) {
            for candidates in [Self.largest, Self.smallest] {
                // A figure that follows from others takes no value but its own.
                let value = candidates.first { fault(tree.replacing(path, .int($0))) == nil }
                guard let value, let taken = snapshot(tree.replacing(path, .int(value))) else { continue }
                frames += ScreenWalk.glance(taken, size: ScreenWalk.sizes[fields % 3])
                fields += 1
            }
            // All of them at once, as far as one leaves room for the next.
            for (place, candidates) in [Self.largest, Self.smallest].enumerated() {
                if let value = candidates.first(where: { fault(extremes[place].replacing(path, .int($0))) == nil }) {
                    extremes[place] = extremes[place].replacing(path, .int(value))
                }
            }
        }
        for extreme in extremes {
            let taken = try #require(snapshot(extreme))
            frames += ScreenWalk.draw([FullSnapshot.make(index: 0), taken])
        }
        #expect(fields > 250 && frames > 3_000, "\(fields) fields, \(frames) frames")
    }

    @Test("a list that is longer than any deck has is refused")
    func listsAreBounded() {
        let endless = JSONValue.array(Array(repeating: .null, count: 1 << 21 + 1))
        let lists = TreePath.fields(in: tree) { $0.array != nil }
        #expect(lists.count > 15)
        for path in lists {
            let found = fault(tree.replacing(path, endless))
            #expect(found?.field == path.description && found?.reason.hasPrefix("more than") == true, "\(path)")
        }
    }

    @Test("a few bytes cannot ask for endless work")
    func workIsBounded() throws {
        // Two thousand steps of two thousand segments each are one segment, many times.
        let segment = try #require(tree["step"]?["segments"]?.array?.first)
        let step = try #require(tree["step"])
        let long = step.replacing(
            TreePath(steps: [.member("segments")]), .array(Array(repeating: segment, count: 2_000)))
        let changed = tree.replacing(
            TreePath(steps: [.member("recentSteps")]), .array(Array(repeating: long, count: 2_000)))
        #expect(fault(changed)?.reason == "more than 2^22 values")
    }

    @Test(
        "what must hold between fields does",
        arguments: [
            ("pool.pages", #"[0,1,9]"#, "pool.pages[2] 9: no owner of that number"),
            ("pool.freePages", "9", "pool.freePages 9: more than all pages, 8"),
            ("pool.evictablePages", "7", "pool.evictablePages 7: more than pages that are not free, 6"),
            ("pool.ownerOverheadBytes", "[1300]", "pool.ownerOverheadBytes 1 element: there are 4 owners"),
            ("pool.overheadBytes", "1299", "pool.overheadBytes 1299: its owners' are 1300"),
            ("adapters[1].name", #""pirate""#, "adapters[1] “pirate”: there twice"),
            ("requests[2].id.value", "7", "requests[2] “#7”: there twice"),
            ("deck.geometry.layers", "1000000", "deck.geometry.layers 1000000: more than 1024"),
            ("adapters[0].facts.ranks", "[9,8]", "adapters[0].facts.ranks"),
            ("time", "1e300", "time 1e+300: more than a century from 2001"),
            ("totals.kvUsage", "1.5", "totals.kvUsage 1.5: more than 1"),
            ("tokensPerSecond", "-1", "tokensPerSecond -1: less than 0"),
        ])
    func relations(field: String, value: String, sentence: String) throws {
        let path = try #require(TreePath.all(in: tree).first { $0.description == field })
        let found = fault(tree.replacing(path, try JSONValue.parse(Array(value.utf8), source: "test")))
        #expect(found.map(\.description)?.hasPrefix(sentence) == true, "\(found?.description ?? "taken")")
    }
}
