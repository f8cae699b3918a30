import DeckCore

/// Names the tree of one identity for as long as it has pages.
struct PrefixRoot: Hashable, Sendable {
    let value: UInt32
}

/// Full KV pages by what they were computed from and for whom: for each identity a tree whose every edge is one page of tokens, as in
/// SGLang's RadixAttention, in the granularity of vLLM's automatic prefix caching. Tokens are compared one by one; a hash
/// only finds them.
///
/// A page is named by its number in the pool. Whoever uses a page uses every page above it, so a page without users has
/// only such pages below, and eviction can take all of them, leaves first. The tree counts; `PagePool` moves the pages.
struct PrefixTree: Sendable {
    private enum Parent: Hashable, Sendable {
        case root(PrefixRoot)
        case page(Int32)
    }

    private struct Link: Hashable, Sendable {
        let parent: Parent
        let tokens: [Int32]
    }

    private struct Node: Sendable {
        let root: PrefixRoot
        let link: Link
        /// Sequences whose block tables name this page.
        var users = 1
        var children = 0
        /// Requests that found it.
        var hits = 0
        var rank = EvictionRank()
    }

    private struct Tree: Sendable {
        let identity: PrefixIdentity
        var pages = 0
        /// No request can ask for it any more: pages leave as soon as they have no user.
        var isRetired = false
    }

    /// The trees of one content are retired and revived together.
    private var roots: [PrefixIdentity.Content: [PrefixAudience: PrefixRoot]] = [:]
    private var trees: [PrefixRoot: Tree] = [:]
    private var nodes: [Int32: Node] = [:]
    private var links: [Link: Int32] = [:]
    /// Pages without users and without pages below.
    private var leaves = EvictionOrder<Int32>()
    private var nextRoot: UInt32 = 0
    /// Pages without users.
    private(set) var idleCount = 0

    var pageCount: Int { nodes.count }
    /// The next page to leave.
    var firstLeaf: (element: Int32, rank: EvictionRank)? { leaves.first }

    func isIdle(_ page: Int32) -> Bool { nodes[page]?.users == 0 }
    /// Sequences that use a page of the cache.
    func users(of page: Int32) -> Int { nodes[page]?.users ?? 0 }
    func root(of page: Int32) -> PrefixRoot? { nodes[page]?.root }
    func identity(of root: PrefixRoot) -> PrefixIdentity? { trees[root]?.identity }

    // MARK: Use

    /// The pages that hold the beginning of `tokens`, in order, at most `limit`.
    func match(_ identity: PrefixIdentity, _ tokens: [Int32], tokensPerPage: Int, limit: Int) -> [Int32] {
        guard limit > 0, let root = roots[identity.content]?[identity.audience] else { return [] }
        var pages: [Int32] = []
        var parent = Parent.root(root)
        while pages.count < limit {
            let start = pages.count * tokensPerPage
            let link = Link(parent: parent, tokens: Array(tokens[start..<start + tokensPerPage]))
            guard let page = links[link] else { break }
            pages.append(page)
            parent = .page(page)
        }
        return pages
    }

    /// One more sequence uses `pages`, a path from its root.
    mutating func retain(_ pages: [Int32]) {
        for page in pages {
            if nodes[page]!.users == 0 {
                idleCount -= 1
                leaves.remove(page)
            }
            nodes[page]!.users += 1
        }
    }

    /// A request found `pages`, which it retains: they are worth more from now on.
    mutating func hit(_ pages: [Int32], tokensPerPage: Int, policy: inout EvictionPolicy) {
        let seconds = Double(tokensPerPage) * (policy.secondsPerToken ?? 0)
        for page in pages {
            nodes[page]!.hits += 1
            nodes[page]!.rank = policy.rank(frequency: nodes[page]!.hits, seconds: seconds, pages: 1)
        }
    }

    /// Keeps a computed page below `parent`, nil being the root, with one user. Nil when it is kept now; the page with
    /// the same content when there is one already.
    mutating func insert(
        _ page: Int32, below parent: Int32?, of identity: PrefixIdentity, tokens: [Int32], policy: inout EvictionPolicy
    ) -> Int32? {
        let root = root(for: identity)
        let link = Link(parent: parent.map { .page($0) } ?? .root(root), tokens: tokens)
        if let known = links[link] { return known }
        var node = Node(root: root, link: link)
        // Nobody has asked for it a second time yet: it is worth nothing but its place in time.
        node.rank = policy.rank(frequency: 0, seconds: 0, pages: 1)
        nodes[page] = node
        links[link] = page
        trees[root]!.pages += 1
        if let parent { nodes[parent]!.children += 1 }
        return nil
    }

    private mutating func root(for identity: PrefixIdentity) -> PrefixRoot {
        if let root = roots[identity.content]?[identity.audience] { return root }
        let root = PrefixRoot(value: nextRoot)
        nextRoot += 1
        roots[identity.content, default: [:]][identity.audience] = root
        trees[root] = Tree(identity: identity)
        return root
    }

    /// A sequence lets go of `pages`, a path from its root. Returns those that leave with that.
    mutating func release(_ pages: [Int32]) -> [Int32] {
        var left: [Int32] = []
        for page in pages.reversed() {
            nodes[page]!.users -= 1
            guard nodes[page]!.users == 0 else { continue }
            idleCount += 1
            if trees[nodes[page]!.root]?.isRetired == true {
                remove(page)
                left.append(page)
            } else if nodes[page]!.children == 0 {
                leaves.set(page, rank: nodes[page]!.rank, pages: 1)
            }
        }
        return left
    }

    // MARK: Leaving

    /// Forgets an idle page without pages below.
    mutating func remove(_ page: Int32) {
        guard let node = nodes.removeValue(forKey: page) else { return }
        precondition(node.users == 0 && node.children == 0, "page \(page) is in use")
        links[node.link] = nil
        leaves.remove(page)
        idleCount -= 1
        if case .page(let parent) = node.link.parent {
            nodes[parent]!.children -= 1
            if nodes[parent]!.children == 0, nodes[parent]!.users == 0 {
                leaves.set(parent, rank: nodes[parent]!.rank, pages: 1)
            }
        }
        trees[node.root]!.pages -= 1
        guard trees[node.root]!.pages == 0, let tree = trees.removeValue(forKey: node.root) else { return }
        let content = tree.identity.content
        roots[content]?[tree.identity.audience] = nil
        if roots[content]?.isEmpty ?? false { roots[content] = nil }
    }

    /// No name points at this content any more. Returns the pages that leave at once; the others follow their users.
    mutating func retire(_ content: PrefixIdentity.Content) -> [Int32] {
        guard let retired = roots[content].map({ Set($0.values) }) else { return [] }
        for root in retired { trees[root]!.isRetired = true }
        var left: [Int32] = []
        var next = leaves.elements.filter { nodes[$0].map { retired.contains($0.root) } ?? false }
        while let page = next.popLast() {
            let parent = nodes[page]!.link.parent
            remove(page)
            left.append(page)
            if case .page(let above) = parent, nodes[above]?.users == 0, nodes[above]?.children == 0 {
                next.append(above)
            }
        }
        return left
    }

    /// A name points at this content again.
    mutating func revive(_ content: PrefixIdentity.Content) {
        for root in (roots[content] ?? [:]).values { trees[root]!.isRetired = false }
    }

    /// What is wrong, given how many sequences use each page; nil when nothing is (invariant 11).
    func integrityFault(users: [Int32: Int]) -> String? {
        var children: [Int32: Int] = [:]
        var idle = 0
        for (page, node) in nodes {
            if node.users != users[page, default: 0] { return "page \(page) has \(node.users) users" }
            if links[node.link] != page { return "page \(page) cannot be found" }
            if node.users == 0 { idle += 1 }
            if case .page(let parent) = node.link.parent {
                children[parent, default: 0] += 1
                if nodes[parent].map({ $0.users < node.users }) ?? true {
                    return "page \(page) has more users than \(parent)"
                }
            }
        }
        for (page, node) in nodes {
            if node.children != children[page, default: 0] { return "page \(page): \(node.children) pages below" }
            let isLeaf = node.users == 0 && node.children == 0
            if isLeaf != (leaves.pages(of: page) != nil) { return "page \(page) is a leaf: \(isLeaf)" }
            if node.users == 0, trees[node.root]?.isRetired ?? true { return "page \(page) outlived its version" }
        }
        if users.keys.contains(where: { nodes[$0] == nil }) { return "a sequence uses a page that is not kept" }
        if links.count != nodes.count || idle != idleCount { return "\(idleCount) idle pages counted, \(idle) there" }
        if trees.values.reduce(0, { $0 + $1.pages }) != nodes.count { return "the trees' pages are miscounted" }
        if roots.values.reduce(0, { $0 + $1.count }) != trees.count { return "a tree cannot be found" }
        return leaves.integrityFault()
    }
}
